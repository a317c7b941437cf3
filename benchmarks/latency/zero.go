package latency

import (
	"context"
	"iter"
	"math"
	"sync"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// answer is what the model of 0 ms says: an answer of usual length, whole and at once.
const answer = "We are open until six this evening. Shall I keep a table for you?"

// InstantLLM is a model that answers in no time, always the same.
func InstantLLM() services.LLM { return instantLLM{} }

type instantLLM struct{}

// String names it in the pipeline's own description.
func (instantLLM) String() string { return "0 ms" }

// Generate yields the answer.
func (instantLLM) Generate(context.Context, services.Request) iter.Seq2[services.Delta, error] {
	return func(yield func(services.Delta, error) bool) { yield(services.Delta{Text: answer}, nil) }
}

// InstantTTS is a synthesiser that takes no time: for each clause one second of a tone, as one piece of audio.
func InstantTTS() services.TTS {
	const rate = 24000
	tone := audio.PCM{Format: audio.Mono(rate), Samples: make([]int16, rate)}
	for i := range tone.Samples {
		tone.Samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i+1)/rate))
	}
	return services.TTSFunc(func(context.Context, services.Utterance) iter.Seq2[services.Speech, error] {
		return func(yield func(services.Speech, error) bool) { yield(services.Speech{PCM: tone}, nil) }
	})
}

// InstantSTT is a recogniser that understands in no time, always the same.
func InstantSTT() services.STT { return instantSTT{} }

type instantSTT struct{}

// String names it in the pipeline's own description.
func (instantSTT) String() string { return "0 ms" }

// Open begins an utterance.
func (instantSTT) Open(context.Context, audio.Format) (services.Transcription, error) {
	return &instantTranscription{results: make(chan services.Result, 64)}, nil
}

type instantTranscription struct {
	written int
	results chan services.Result
	closing sync.Once
}

func (t *instantTranscription) Write(pcm audio.PCM) error {
	t.written += pcm.Len()
	return nil
}

// Flush answers at once. Of more results than anybody would let pile up, the rest is dropped: the stage reads them
// while the user speaks.
func (t *instantTranscription) Flush() error {
	select {
	case t.results <- services.Result{Text: "Are you open today?", End: t.written, Final: true}:
	default:
	}
	return nil
}

func (t *instantTranscription) Results() <-chan services.Result { return t.results }

func (t *instantTranscription) Close() error {
	t.closing.Do(func() { close(t.results) })
	return nil
}
