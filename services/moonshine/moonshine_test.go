package moonshine

import (
	"os"
	"testing"

	"github.com/go-audio/wav"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/pipeline/audio"
)

func load(t testing.TB, path string) []int16 {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buffer, err := wav.NewDecoder(f).FullPCMBuffer()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(buffer.Data))
	for i, s := range buffer.Data {
		samples[i] = int16(s)
	}
	return samples
}

func TestReadsARecording(t *testing.T) {
	e, err := New()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	defer func() { _ = e.Close() }()
	path, err := models.File(models.Moonshine, models.Recording)
	if err != nil {
		t.Fatal(err)
	}
	tr, err := e.Open(t.Context(), audio.Mono(16000))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close() }()
	if err := tr.Write(audio.PCM{Format: audio.Mono(16000), Samples: load(t, path)}); err != nil {
		t.Fatal(err)
	}
	if err := tr.Flush(); err != nil {
		t.Fatal(err)
	}
	r := <-tr.Results()
	const want = "Ever tried, ever failed, no matter, try again, fail again, fail better."
	if r.Err != nil || len(r.Text) < len(want)-12 {
		t.Errorf("heard %q (%v), want about %q", r.Text, r.Err, want)
	}
}
