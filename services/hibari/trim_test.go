package hibari

import (
	"math"
	"testing"
)

// tone is silence before, a loud part and silence behind, in samples.
func tone(before, loud, behind int) []float32 {
	x := make([]float32, before+loud+behind)
	for i := before; i < before+loud; i++ {
		x[i] = 0.5
	}
	return x
}

func TestTrimmer(t *testing.T) {
	for _, c := range []struct {
		name      string
		x         []float32
		pause     int
		want, cut int // samples in all, and cut at the start
	}{
		{"both ends", tone(5000, 1000, 3000), 600, leadIn + 1000 + 600, 5000 - leadIn},
		{"no silence", tone(0, 1000, 0), 600, 1000 + 600, 0},
		{"little silence", tone(100, 1000, 100), 600, 100 + 1000 + 600, 0},
		{"a pause inside stays", append(tone(900, 100, 2000), tone(0, 100, 0)...), 0, leadIn + 2200, 900 - leadIn},
		{"nothing but silence", tone(5000, 0, 0), 600, 0, 5000 - leadIn},
	} {
		for _, piece := range []int{1, 77, 300, 4800, 100000} {
			var trim trimmer
			var out []float32
			for rest := c.x; len(rest) > 0; {
				n := min(piece, len(rest))
				out = append(out, trim.next(rest[:n])...)
				rest = rest[n:]
			}
			out = append(out, trim.end(c.pause)...)
			if len(out) != c.want || trim.cut != c.cut {
				t.Errorf("%s, in pieces of %d: %d samples with %d cut, want %d with %d", c.name, piece, len(out), trim.cut, c.want, c.cut)
			}
		}
	}
}

func TestLevelRoundsPeaksOff(t *testing.T) {
	var x []float32
	for i := -3000; i <= 3000; i++ {
		x = append(x, float32(i)/1000)
	}
	got := level(x, 2)
	for i := 1; i < len(got); i++ {
		if got[i] < got[i-1] {
			t.Fatalf("%v became %d, but %v became %d", x[i-1], got[i-1], x[i], got[i])
		}
	}
	if first, last := got[0], got[len(got)-1]; last != -first || first == math.MinInt16 { // 9.5 dB above full scale
		t.Errorf("from %d to %d", first, last)
	}
	for _, v := range []float32{-0.34, -0.1, 0, 0.2, 0.34} { // below the knee it only raises
		if got, want := level([]float32{v}, 2)[0], int16(math.Round(float64(v)*2*math.MaxInt16)); got != want {
			t.Errorf("%v became %d, want %d", v, got, want)
		}
	}
	if got := level([]float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))}, 2); got[0] != 0 || got[1] <= 0 || got[2] >= 0 {
		t.Errorf("what is no number became %v", got)
	}
}
