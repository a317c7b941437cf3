package whatsapp

import (
	"math"
	"testing"

	"github.com/parley-voice/parley/pipeline/audio"
)

// A sine at a rate that Opus does not have comes out at 24 kHz, in whole packets, with the same level.
func TestRateAdapter(t *testing.T) {
	t.Parallel()
	const from = 22050
	var a rateAdapter
	var got []int16
	for i := range 50 {
		piece := make([]int16, from/50)
		for k := range piece {
			piece[k] = int16(10000 * math.Sin(2*math.Pi*440*float64(i*len(piece)+k)/from))
		}
		out, ok, err := a.adapt(audio.PCM{Format: audio.Mono(from), Samples: piece}, true)
		if err != nil {
			t.Fatal(err)
		}
		if !ok && i > 0 {
			t.Fatalf("no packet at %d", i)
		}
		if ok && (out.Rate != 24000 || len(out.Samples) != 480) {
			t.Fatalf("packet %d is %d samples of %v", i, len(out.Samples), out.Format)
		}
		got = append(got, out.Samples...)
	}
	for range 3 {
		out, ok, _ := a.adapt(audio.PCM{}, false)
		if ok {
			got = append(got, out.Samples...)
		}
	}
	if want := 24000; len(got) < want || len(got) > want+480 {
		t.Errorf("%d samples came out, want %d, and less than a packet more", len(got), want)
	}
	level := audio.PCM{Format: audio.Mono(24000), Samples: got[480:23520]}.RMS()
	want := 20 * math.Log10(10000/math.Sqrt2/32768)
	if math.Abs(level-want) > 0.2 {
		t.Errorf("level %.2f dBFS, want %.2f", level, want)
	}
}

func TestRateAdapterLeavesOpusRatesAlone(t *testing.T) {
	t.Parallel()
	var a rateAdapter
	pcm := audio.PCM{Format: audio.Mono(24000), Samples: make([]int16, 480)}
	out, ok, err := a.adapt(pcm, true)
	if err != nil || !ok || &out.Samples[0] != &pcm.Samples[0] {
		t.Error("the audio was touched")
	}
	if _, ok, _ := a.adapt(audio.PCM{}, false); ok {
		t.Error("something came of nothing")
	}
	if _, _, err := a.adapt(audio.PCM{Format: audio.Mono(12347), Samples: make([]int16, 246)}, true); err == nil {
		t.Log("an odd rate can be converted")
	}
}
