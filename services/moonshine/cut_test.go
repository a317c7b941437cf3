package moonshine

import (
	"slices"
	"testing"
)

func TestCut(t *testing.T) {
	// A pause in the middle of loud speech.
	withPause := func(total, pause int) []int16 {
		s := tone(total, 8000)
		clear(s[pause : pause+rate/2])
		return s
	}
	tests := []struct {
		name     string
		samples  []int16
		min, max int
	}{
		{"short", tone(3*rate, 8000), 0, 0},
		{"ten seconds", tone(10*rate, 8000), 0, 0},
		{"pause at 7 s", withPause(15*rate, 7*rate), 7 * rate, 7*rate + rate/2},
		{"pause at 9 s", withPause(15*rate, 9*rate), 9 * rate, 9*rate + rate/2},
		{"pause too early", withPause(15*rate, 2*rate), cutFrom, longest},
		{"pause too late", withPause(15*rate, 12*rate), cutFrom, longest},
		{"no pause", tone(15*rate, 8000), cutFrom, longest},
		{"silence", make([]int16, 11*rate), cutFrom, longest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := cut(test.samples)
			if got < test.min || got > test.max {
				t.Errorf("cut at %.2f s, want %.2f to %.2f s", seconds(got), seconds(test.min), seconds(test.max))
			}
			if got == 0 {
				return
			}
			if more := cut(append(slices.Clone(test.samples), tone(rate, 1)...)); more != got {
				t.Errorf("with more audio after it, the cut moves from %.2f to %.2f s", seconds(got), seconds(more))
			}
		})
	}
}

func seconds(samples int) float64 { return float64(samples) / rate }
