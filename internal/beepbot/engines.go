package beepbot

import (
	"context"
	"fmt"
	"iter"
	"math"
	"sync"
	"sync/atomic"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// Words in a text that change how it sounds.
const (
	Long = "long" // a long tone
	Mute = "mute" // nothing at all
)

// level tells speech by its loudness.
type level struct{}

func (level) NewDetector(f audio.Format) (services.Detector, error) {
	if f != audio.Mono(16000) {
		return nil, &services.ErrFormat{Engine: "beepbot", Got: f, Want: audio.Mono(16000).String()}
	}
	return levelDetector{}, nil
}

type levelDetector struct{}

func (levelDetector) Window() int  { return 512 }
func (levelDetector) Close() error { return nil }

func (levelDetector) Probability(window []int16) (float32, error) {
	if (audio.PCM{Format: audio.Mono(16000), Samples: window}).RMS() > -40 {
		return 1, nil
	}
	return 0, nil
}

// ear understands every utterance as "words" and its number.
type ear struct{ n atomic.Int32 }

func (e *ear) Open(context.Context, audio.Format) (services.Transcription, error) {
	text := fmt.Sprintf("words %d", e.n.Add(1))
	return &utterance{text: text, results: make(chan services.Result, 64)}, nil
}

type utterance struct {
	text    string
	written int
	results chan services.Result
	closing sync.Once
}

func (u *utterance) Write(pcm audio.PCM) error {
	u.written += pcm.Len()
	return nil
}

func (u *utterance) Flush() error {
	select {
	case u.results <- services.Result{Text: u.text, End: u.written, Final: true}:
	default: // nobody reads any more
	}
	return nil
}

func (u *utterance) Results() <-chan services.Result { return u.results }

func (u *utterance) Close() error {
	u.closing.Do(func() { close(u.results) })
	return nil
}

// tones speaks any text as a tone of half a second, of four seconds if the text has the word Long, and not at all if it has
// the word Mute.
func tones(_ context.Context, u services.Utterance) iter.Seq2[services.Speech, error] {
	const rate = 16000
	n := rate / 2
	if containsWord(u.Text, Long) {
		n = 4 * rate
	}
	pcm := audio.PCM{Format: audio.Mono(rate), Samples: make([]int16, n)}
	for i := range pcm.Samples {
		pcm.Samples[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/rate))
	}
	if containsWord(u.Text, Mute) {
		return func(func(services.Speech, error) bool) {}
	}
	return func(yield func(services.Speech, error) bool) { yield(services.Speech{PCM: pcm}, nil) }
}
