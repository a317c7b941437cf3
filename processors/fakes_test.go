package processors_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/services"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// loudVAD calls a window speech if most of it is not zero.
type loudVAD struct{}

func (loudVAD) String() string { return "loud" }

func (loudVAD) NewDetector(f audio.Format) (services.Detector, error) {
	if f != audio.Mono(16000) {
		return nil, &services.ErrFormat{Engine: "loud", Got: f, Want: "16000 Hz mono"}
	}
	return loudDetector{}, nil
}

type loudDetector struct{}

func (loudDetector) Window() int  { return 512 }
func (loudDetector) Close() error { return nil }
func (loudDetector) Probability(w []int16) (float32, error) {
	n := 0
	for _, s := range w {
		if s != 0 {
			n++
		}
	}
	return float32(n) / float32(len(w)), nil
}

// talk is a script of live audio: 20 ms frames, as a transport delivers them, alternately silent and loud for
// the given durations.
func talk(parts ...time.Duration) pipelinetest.Script {
	var samples []int16
	for i, d := range parts {
		for range audio.Mono(16000).Samples(d) {
			samples = append(samples, int16(i%2))
		}
	}
	var script pipelinetest.Script
	for at := 0; at < len(samples); at += 320 {
		pcm := audio.PCM{Format: audio.Mono(16000), Samples: samples[at:min(at+320, len(samples))]}
		script = append(script, 20*time.Millisecond, func(out *pipeline.Emitter) {
			_ = out.Push(frame.AudioIn{PCM: pcm, At: frame.Position(at), Arrived: time.Now()})
		})
	}
	return script
}

// slowSTT takes a fixed time for each flush and answers with the number of loud milliseconds, or with nothing.
type slowSTT struct {
	takes time.Duration
	mute  bool
	fail  error
	never bool // accepts speech and never answers

	mu      sync.Mutex
	flushes int
	open    int
}

func (s *slowSTT) Open(context.Context, audio.Format) (services.Transcription, error) {
	if s.fail != nil {
		return nil, s.fail
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open++
	return &slowTranscription{stt: s, results: make(chan services.Result, 16), stop: make(chan struct{})}, nil
}

type slowTranscription struct {
	stt     *slowSTT
	mu      sync.Mutex
	written int
	loud    int
	results chan services.Result
	stop    chan struct{}
	running sync.WaitGroup
}

func (t *slowTranscription) Write(pcm audio.PCM) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written += pcm.Len()
	for _, s := range pcm.Samples {
		if s != 0 {
			t.loud++
		}
	}
	return nil
}

func (t *slowTranscription) Flush() error {
	t.stt.mu.Lock()
	t.stt.flushes++
	t.stt.mu.Unlock()
	if t.stt.never {
		return nil
	}
	t.mu.Lock()
	r := services.Result{End: t.written, Final: true}
	if !t.stt.mute {
		r.Text = (time.Duration(t.loud) * time.Second / 16000).String()
	}
	t.mu.Unlock()
	t.running.Go(func() {
		select {
		case <-time.After(t.stt.takes):
			t.results <- r
		case <-t.stop:
		}
	})
	return nil
}

func (t *slowTranscription) Results() <-chan services.Result { return t.results }

func (t *slowTranscription) Close() error {
	close(t.stop)
	t.running.Wait()
	t.stt.mu.Lock()
	t.stt.open--
	t.stt.mu.Unlock()
	return nil
}

// tokens is a model that answers every request with words, one every gap.
func tokens(gap time.Duration, text string) services.LLM {
	return services.LLMFunc(func(ctx context.Context, _ services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			for _, w := range strings.SplitAfter(text, " ") {
				select {
				case <-time.After(gap):
				case <-ctx.Done():
					yield(services.Delta{}, ctx.Err())
					return
				}
				if !yield(services.Delta{Text: w}, nil) {
					return
				}
			}
		}
	})
}

// toneTTS speaks 50 ms for each character, in pieces of 100 ms, in no time.
func toneTTS() services.TTS {
	return services.TTSFunc(func(_ context.Context, u services.Utterance) iter.Seq2[services.Speech, error] {
		return func(yield func(services.Speech, error) bool) {
			if strings.Contains(u.Text, "broken") {
				yield(services.Speech{}, errors.New("synthesis failed"))
				return
			}
			for left := 800 * len(u.Text); left > 0; left -= 1600 {
				pcm := audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, min(left, 1600))}
				for i := range pcm.Samples {
					pcm.Samples[i] = 1000
				}
				if !yield(services.Speech{PCM: pcm}, nil) {
					return
				}
			}
		}
	})
}

// stamp is a stage that shows the frames of one type as they pass.
func stamp[F pipeline.Frame](saw func(F)) pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("stamp")
		pipeline.OnOptional(w, func(_ context.Context, f F, out *pipeline.Emitter) error {
			saw(f)
			return out.Push(f)
		})
	})
}
