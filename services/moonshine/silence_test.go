package moonshine

import (
	"math"
	"testing"
)

// tone returns samples of a tone of 200 Hz.
func tone(samples int, amplitude float64) []int16 {
	list := make([]int16, samples)
	for i := range list {
		list[i] = int16(amplitude * math.Sin(2*math.Pi*200*float64(i)/rate))
	}
	return list
}

func TestSilent(t *testing.T) {
	speech := append(tone(rate, 8000), tone(rate, 100)...)
	tests := []struct {
		name   string
		tail   []int16
		before []int16
		want   bool
	}{
		{"nothing", nil, speech, true},
		{"zeros", make([]int16, rate/5), speech, true},
		{"40 dB below", tone(rate/5, 80), speech, true},
		{"30 dB below", tone(rate/5, 250), speech, false},
		{"a short sound at the end", append(make([]int16, rate/5), tone(rate/100, 800)...), speech, false},
		{"as loud", tone(rate/5, 8000), speech, false},
		{"long zeros", make([]int16, rate), speech, false},
		{"zeros after zeros", make([]int16, rate/5), make([]int16, rate), true},
		{"a sound after zeros", tone(rate/5, 10), make([]int16, rate), false},
		{"the loudest samples", tone(rate/5, 32767), tone(rate, 32767), false},
	}
	for _, test := range tests {
		if got := silent(test.tail, test.before); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
