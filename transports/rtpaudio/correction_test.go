package rtpaudio_test

import (
	"math"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/transports/rtpaudio"
)

// Packets that are lost one at a time are restored out of the copy in the packet behind them, and what is restored is
// closer to what was said than what a decoder makes up without that copy.
func TestCorrectionIsBetterThanConcealment(t *testing.T) {
	const packets, every = 500, 10
	noise := func(fec bool) float64 {
		all := talk(t, packets, rtpaudio.WithEncoder(opus.WithFEC(fec, 20)))
		var lost []int
		for i := every; i < packets-1; i += every {
			lost = append(lost, i)
		}
		c := newCall(t)
		c.play(without(all, lost...), packets*20*ms)
		s := c.r.Stats()
		// Soft packets have no copy: the encoder spends bits only on those that would be missed.
		if n := uint64(len(lost)); s.Lost != n || fec && s.Recovered <= n/2 || !fec && s.Concealed != n {
			t.Fatalf("FEC %v: %d packets were lost; %+v", fec, n, s)
		}
		// The level is compared: a decoder's phase is not the same after a loss, which nobody hears.
		want, got := decoded(t, all), c.pcm()
		sum := 0.0
		for _, i := range lost {
			for part := i * 320; part < (i+1)*320; part += 80 { // 5 ms
				a, b := power(want[part:part+80]), power(got[part:part+80])
				sum += math.Abs(10 * math.Log10((b+1)/(a+1)))
			}
		}
		return sum / float64(len(lost)*4)
	}
	corrected, concealed := noise(true), noise(false)
	t.Logf("the level of lost packets is off by %.2f dB with error correction, by %.2f dB without", corrected, concealed)
	if corrected > concealed*0.7 {
		t.Errorf("error correction is off by %.2f dB, concealment by %.2f dB", corrected, concealed)
	}
}
