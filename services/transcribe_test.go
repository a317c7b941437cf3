package services_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scribe is an engine that tells how much it was given, in seconds, in two results.
type scribe struct {
	fault  error // of a result
	silent bool  // never answers
	mu     sync.Mutex
	given  []int // samples of each utterance
	open   int
}

func (s *scribe) Open(_ context.Context, f audio.Format) (services.Transcription, error) {
	if f != audio.Mono(16000) {
		return nil, &services.ErrFormat{Engine: "scribe", Got: f, Want: "16000 Hz mono"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	return &note{scribe: s, results: make(chan services.Result, 4)}, nil
}

type note struct {
	scribe  *scribe
	n       int
	results chan services.Result
}

func (n *note) Write(pcm audio.PCM) error { n.n += pcm.Len(); return nil }

func (n *note) Flush() error {
	s := n.scribe
	s.mu.Lock()
	s.given = append(s.given, n.n)
	s.mu.Unlock()
	switch {
	case s.silent:
	case s.fault != nil:
		n.results <- services.Result{Err: s.fault}
	default:
		n.results <- services.Result{Text: "nonsense", End: n.n / 2}
		n.results <- services.Result{Text: "half", End: n.n / 2}
		n.results <- services.Result{Text: fmt.Sprintf(" %.1fs ", float64(n.n)/16000), Start: n.n / 2, End: n.n, Final: true}
	}
	return nil
}

func (n *note) Results() <-chan services.Result { return n.results }

func (n *note) Close() error {
	n.scribe.mu.Lock()
	n.scribe.open--
	n.scribe.mu.Unlock()
	return nil
}

func loud(seconds float64) []int16 {
	samples := make([]int16, int(seconds*16000))
	for i := range samples {
		samples[i] = int16(i%2000) - 1000
	}
	return samples
}

func mono(samples []int16) audio.PCM { return audio.PCM{Format: audio.Mono(16000), Samples: samples} }

func TestTranscribeCutsWhereItIsQuiet(t *testing.T) {
	recording := loud(70)
	quiet := []float64{22, 44.5} // seconds
	for _, at := range quiet {
		clear(recording[int(at*16000):int((at+0.4)*16000)])
	}
	s := &scribe{}
	text, err := services.Transcribe(t.Context(), s, mono(recording))
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for i, n := range s.given {
		if total += n; i < len(quiet) {
			if at := float64(total) / 16000; at < quiet[i] || at > quiet[i]+0.4 {
				t.Errorf("cut %d is at %.2f s, want between %v and %v", i, at, quiet[i], quiet[i]+0.4)
			}
		}
	}
	if total != len(recording) || len(s.given) != 3 || s.open != 0 {
		t.Errorf("%d of %d samples in %d stretches, %d left open", total, len(recording), len(s.given), s.open)
	}
	if got := strings.Count(text, "half"); got != 3 || strings.Contains(text, "nonsense") || strings.Contains(text, "  ") {
		t.Errorf("the text is %q", text)
	}
}

func TestTranscribeWithoutAPause(t *testing.T) {
	s := &scribe{}
	if _, err := services.Transcribe(t.Context(), s, mono(loud(100))); err != nil {
		t.Fatal(err)
	}
	for _, n := range s.given {
		if n > 30*16000 {
			t.Errorf("a stretch of %d samples", n)
		}
	}
}

func TestTranscribeFails(t *testing.T) {
	broken := errors.New("the engine broke")
	soon, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		stt  *scribe
		pcm  audio.PCM
		want error
	}{
		{"a result with an error", t.Context(), &scribe{fault: broken}, mono(loud(1)), broken},
		{"no answer", soon, &scribe{silent: true}, mono(loud(1)), context.DeadlineExceeded},
		{"a format that is not taken", t.Context(), &scribe{}, audio.PCM{Format: audio.Mono(8000), Samples: loud(1)}, nil},
		{"stereo", t.Context(), &scribe{}, audio.PCM{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: loud(1)}, nil},
	} {
		text, err := services.Transcribe(tt.ctx, tt.stt, tt.pcm)
		if err == nil || text != "" || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %q, %v", tt.name, text, err)
		}
		if tt.stt.open != 0 {
			t.Errorf("%s: left open", tt.name)
		}
	}
	if text, err := services.Transcribe(t.Context(), &scribe{}, mono(nil)); text != "" || err != nil {
		t.Errorf("nothing: %q, %v", text, err)
	}
}
