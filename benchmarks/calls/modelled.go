package calls

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// How long the modelled services take: what good hosted ones take.
const (
	sttDelay   = 100 * time.Millisecond // from a flush to the transcript
	llmDelay   = 200 * time.Millisecond // to the first token
	tokenDelay = 20 * time.Millisecond  // from token to token
	ttsDelay   = 100 * time.Millisecond // to the first audio
)

// wait waits for a modelled service, or for the end of ctx, and tells whether it was the former.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// loudness is a VAD that takes what is loud for speech.
type loudness struct{}

func (loudness) String() string { return "modelled" }

func (loudness) NewDetector(audio.Format) (services.Detector, error) { return loudness{}, nil }
func (loudness) Window() int                                         { return 512 }
func (loudness) Close() error                                        { return nil }

func (loudness) Probability(window []int16) (float32, error) {
	const level = 330 // -40 dBFS
	sum := 0
	for _, s := range window {
		sum += int(s) * int(s)
	}
	if sum > level*level*len(window) {
		return 1, nil
	}
	return 0, nil
}

// modelledSTT understands the same, whatever is said.
type modelledSTT struct{}

func (modelledSTT) String() string { return "modelled" }

func (modelledSTT) Open(ctx context.Context, _ audio.Format) (services.Transcription, error) {
	ctx, cancel := context.WithCancel(ctx)
	return &transcription{ctx: ctx, cancel: cancel, results: make(chan services.Result, 64)}, nil
}

type transcription struct {
	ctx     context.Context //nolint:containedctx // the utterance's life
	cancel  context.CancelFunc
	written int
	results chan services.Result
	wg      sync.WaitGroup
	closing sync.Once
}

func (t *transcription) Write(pcm audio.PCM) error {
	t.written += pcm.Len()
	return nil
}

func (t *transcription) Flush() error {
	result := services.Result{Text: "Are you open today?", End: t.written, Final: true}
	t.wg.Go(func() { // ends when the result is there, or with Close
		if wait(t.ctx, sttDelay) {
			select {
			case t.results <- result:
			case <-t.ctx.Done():
			}
		}
	})
	return nil
}

func (t *transcription) Results() <-chan services.Result { return t.results }

func (t *transcription) Close() error {
	t.closing.Do(func() {
		t.cancel()
		t.wg.Wait()
		close(t.results)
	})
	return nil
}

// answer is what the modelled model says, token by token: one sentence.
var answer = []string{"We ", "are ", "open ", "until ", "six ", "this ", "evening, ", "and ", "we ", "keep ", "a ", "table."}

func modelledLLM() services.LLM {
	return services.LLMFunc(func(ctx context.Context, _ services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			delay := llmDelay
			for _, token := range answer {
				if !wait(ctx, delay) {
					yield(services.Delta{}, ctx.Err())
					return
				}
				if !yield(services.Delta{Text: token}, nil) {
					return
				}
				delay = tokenDelay
			}
		}
	})
}

// modelledTTS says one voice's recording for every clause, in pieces as engines that stream do.
func modelledTTS(voice audio.PCM) services.TTS {
	const piece = 200 * time.Millisecond
	return services.TTSFunc(func(ctx context.Context, _ services.Utterance) iter.Seq2[services.Speech, error] {
		return func(yield func(services.Speech, error) bool) {
			if !wait(ctx, ttsDelay) {
				yield(services.Speech{}, ctx.Err())
				return
			}
			n := voice.Format.Samples(piece)
			for rest := voice.Samples; len(rest) > 0; {
				size := min(n, len(rest))
				if !yield(services.Speech{PCM: audio.PCM{Format: voice.Format, Samples: rest[:size:size]}}, nil) {
					return
				}
				rest = rest[size:]
			}
		}
	})
}

// spoken is how long the bot speaks in each cycle of a caller.
const spoken = 2500 * time.Millisecond

// cut brings speech to a length and a rate: it is repeated, or ends early.
func cut(pcm audio.PCM, length time.Duration, rate int) (audio.PCM, error) {
	pcm, err := audio.Resample(pcm, rate)
	if err != nil {
		return audio.PCM{}, err
	}
	out := audio.PCM{Format: pcm.Format, Samples: make([]int16, 0, pcm.Format.Samples(length))}
	for len(out.Samples) < cap(out.Samples) {
		out.Samples = append(out.Samples, pcm.Samples[:min(len(pcm.Samples), cap(out.Samples)-len(out.Samples))]...)
	}
	return out, nil
}

// botRate is the rate of the bot's voice: that of most synthesisers.
const botRate = 24000

// packetTime is how often a packet goes each way.
const packetTime = 20 * time.Millisecond

// samplesOfPacket is a packet's length at the caller's rate.
const samplesOfPacket = frame.SampleRate / 50
