package hibari

import (
	"context"
	"fmt"
	"iter"
	"strings"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari/internal/spoken"
	"github.com/parley-voice/parley/services/hibari/internal/vocoder"
)

// Pauses behind a line, by its last punctuation mark, in samples.
const (
	sentencePause = 350 * rate / 1000
	clausePause   = 150 * rate / 1000
	wordPause     = 60 * rate / 1000
)

// Synthesize speaks a text in pieces of up to 200 ms, each as soon as it is computed. The first piece of every sentence
// carries the times of all its words, counted from the start of that piece. What came before the utterance makes no
// difference to this voice.
func (e *Engine) Synthesize(ctx context.Context, u services.Utterance) iter.Seq2[services.Speech, error] {
	return func(yield func(services.Speech, error) bool) {
		if !e.enter() {
			yield(services.Speech{}, ErrClosed)
			return
		}
		defer e.users.Done()
		for s, err := range e.speak(ctx, u.Text) {
			if err != nil && err != ErrClosed && ctx.Err() == nil {
				err = fmt.Errorf("hibari: %w", err)
			}
			if !yield(s, err) {
				return
			}
		}
	}
}

// speak speaks a text, sentence by sentence.
func (e *Engine) speak(ctx context.Context, text string) iter.Seq2[services.Speech, error] {
	return func(yield func(services.Speech, error) bool) {
		for _, s := range spoken.Sentences(text) {
			var lines []line
			err := e.compute(ctx, func() (err error) {
				lines, err = e.lines(text, s)
				return err
			})
			for i := 0; i < len(lines) && err == nil; i++ {
				var more bool
				if more, err = e.say(ctx, lines[i], yield); !more && err == nil {
					return
				}
			}
			if err != nil {
				yield(services.Speech{}, err)
				return
			}
		}
	}
}

// lines finds the phonemes of a sentence.
func (e *Engine) lines(text string, s spoken.Sentence) ([]line, error) {
	sounds, err := e.phonemizer.Phonemes(s)
	if err != nil {
		return nil, err
	}
	return e.vocabulary.lines(text, s, sounds), nil
}

// say speaks one line. It returns false when the consumer has had enough.
func (e *Engine) say(ctx context.Context, l line, yield func(services.Speech, error) bool) (more bool, err error) {
	voc := e.vocoders.Get().(*vocoder.Synthesizer)
	defer e.vocoders.Put(voc)
	var p *prediction
	err = e.compute(ctx, func() error {
		if p, err = e.network.predict(l.ids, e.config.speed); err != nil {
			return err
		}
		return voc.Start(p.Spectra)
	})
	if p != nil {
		defer p.free()
	}
	if err != nil {
		return false, err
	}
	var t trimmer
	first := true
	for done := false; !done; {
		var pcm []int16
		var words []frame.Word
		err := e.compute(ctx, func() error {
			for pcm == nil && !done {
				x := voc.Next()
				if done = x == nil; done {
					x = t.end(int(float32(l.pause()) / e.config.speed))
				} else {
					x = t.next(x)
				}
				if len(x) > 0 {
					pcm = level(x, e.config.gain)
				}
			}
			if first && pcm != nil {
				words, first = l.times(p.starts(), t.cut), false
			}
			return nil
		})
		if err != nil {
			return false, err
		}
		if pcm == nil {
			break
		}
		if !yield(services.Speech{PCM: audio.PCM{Format: audio.Mono(rate), Samples: pcm}, Words: words}, nil) {
			return false, nil
		}
	}
	return true, nil
}

// pause is how long the silence behind a line is, in samples.
func (l line) pause() int {
	switch {
	case strings.ContainsRune(stops, l.last):
		return sentencePause
	case strings.ContainsRune(breaks, l.last):
		return clausePause
	}
	return wordPause
}

// times returns when the words of a line are said, given the sample at which each phoneme starts and how many samples
// were cut at the start.
func (l line) times(starts []int, cut int) []frame.Word {
	words := make([]frame.Word, 0, len(l.words))
	at := func(i int) int { return max(0, starts[min(i, len(starts)-1)]-cut) }
	for _, w := range l.words {
		f := audio.Mono(rate)
		words = append(words, frame.Word{Text: w.text, Start: f.Duration(at(w.from)), End: f.Duration(at(w.to))})
	}
	return words
}
