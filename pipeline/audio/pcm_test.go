package audio_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/audio"
)

func TestFormatConversions(t *testing.T) {
	f := audio.Mono(16000)
	if n := f.Samples(20 * time.Millisecond); n != 320 {
		t.Errorf("20 ms are %d samples, want 320", n)
	}
	if d := f.Duration(320); d != 20*time.Millisecond {
		t.Errorf("320 samples are %v, want 20ms", d)
	}
	if n := audio.Mono(11025).Samples(20 * time.Millisecond); n != 220 {
		t.Errorf("20 ms at 11025 Hz are %d samples, want 220, rounded down", n)
	}
	if p := (audio.PCM{}); p.Len() != 0 || p.Duration() != 0 {
		t.Errorf("the zero PCM has %d samples, %v", p.Len(), p.Duration())
	}
	for f, want := range map[audio.Format]string{
		audio.Mono(8000):           "8000 Hz mono",
		{Rate: 48000, Channels: 2}: "48000 Hz stereo",
		{Rate: 44100, Channels: 6}: "44100 Hz, 6 channels",
	} {
		if got := f.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMono(t *testing.T) {
	stereo := audio.PCM{Format: audio.Format{Rate: 8000, Channels: 2}, Samples: []int16{100, 200, -32768, -32768, 32767, 32767, 5, -5}}
	want := audio.PCM{Format: audio.Mono(8000), Samples: []int16{150, -32768, 32767, 0}}
	if diff := cmp.Diff(want, stereo.Mono()); diff != "" {
		t.Error(diff)
	}
	if same := want.Mono(); &same.Samples[0] != &want.Samples[0] {
		t.Error("mono was copied")
	}
	if zero := (audio.PCM{Format: audio.Format{Rate: 8000}}).Mono(); zero.Len() != 0 {
		t.Errorf("no channels give %d samples", zero.Len())
	}
}

func TestStereo(t *testing.T) {
	left, right := audio.PCM{Format: audio.Mono(8000), Samples: []int16{1, 2}}, audio.PCM{Format: audio.Mono(8000), Samples: []int16{3, 4, 5}}
	got, err := audio.Stereo(left, right)
	want := audio.PCM{Format: audio.Format{Rate: 8000, Channels: 2}, Samples: []int16{1, 3, 2, 4, 0, 5}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if _, err := audio.Stereo(left, audio.PCM{Format: audio.Mono(16000)}); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("two rates: %v, want ErrFormat", err)
	}
	if _, err := audio.Stereo(got, right); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("stereo in: %v, want ErrFormat", err)
	}
}

func TestTrack(t *testing.T) {
	track, err := audio.NewTrack(8000, 10)
	if err != nil {
		t.Fatal(err)
	}
	put := func(at int64, samples ...int16) error {
		return track.Put(at, audio.PCM{Format: audio.Mono(8000), Samples: samples})
	}
	if err := errors.Join(put(2, 1, 2, 3), put(6, 9), put(3, 7)); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{put(-1, 1), put(10, 1), put(math.MaxInt64, 1), track.Put(0, audio.PCM{Format: audio.Mono(16000)})} {
		if !errors.Is(err, audio.ErrFormat) {
			t.Errorf("%v, want ErrFormat", err)
		}
	}
	if diff := cmp.Diff([]int16{0, 0, 1, 7, 3, 0, 9}, track.PCM().Samples); diff != "" {
		t.Error(diff)
	}
	if _, err := audio.NewTrack(0, 10); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("no rate: %v, want ErrFormat", err)
	}
}

func TestLevels(t *testing.T) {
	near := func(got, want float64) bool { return math.Abs(got-want) < 0.01 }
	s := audio.PCM{Format: audio.Mono(8000), Samples: sine(8000, 500, 32767, 8000)}
	if !near(s.RMS(), -3.01) || !near(s.Peak(), 0) {
		t.Errorf("a sine of full scale has RMS %.2f and peak %.2f dBFS, want -3.01 and 0", s.RMS(), s.Peak())
	}
	for _, silent := range []audio.PCM{{}, {Format: audio.Mono(8000), Samples: make([]int16, 10)}} {
		if !math.IsInf(silent.RMS(), -1) || !math.IsInf(silent.Peak(), -1) {
			t.Errorf("silence has RMS %v and peak %v dBFS", silent.RMS(), silent.Peak())
		}
	}
}
