package moonshine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

// transcription reads one utterance. The goroutine run does the work; Write and Flush leave word for it in the
// fields that mu guards.
type transcription struct {
	engine  *Engine
	ctx     context.Context
	cancel  context.CancelFunc
	results chan services.Result
	wake    chan struct{} // holds one when there may be something to do
	done    chan struct{} // closed when run has ended

	mu      sync.Mutex
	err     error    // why nothing more is accepted
	samples []int16  // what has not been read for good
	base    int      // samples read for good; samples[0] is the sample with this number
	parts   []string // their text
	flush   int      // samples that the last Flush asks about
	asked   int      // number of calls of Flush
	told    int      // the call of Flush that was answered last
	last    reading  // the newest reading of what follows base, which may be going on
}

// reading is an attempt to read the samples from base to end.
type reading struct {
	end    int
	text   string
	done   bool
	cancel context.CancelFunc // nil if it is not going on
}

func newTranscription(ctx context.Context, e *Engine) *transcription {
	t := &transcription{
		engine:  e,
		results: make(chan services.Result),
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	t.ctx, t.cancel = context.WithCancel(ctx)
	go t.run() // ends with ctx, at Close, which waits for it, or when the model fails
	return t
}

// Write adds a copy of the samples.
func (t *transcription) Write(pcm audio.PCM) error {
	if pcm.Format != audio.Mono(rate) {
		return &services.ErrFormat{Engine: "moonshine", Got: pcm.Format, Want: audio.Mono(rate).String()}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ended(); err != nil {
		return err
	}
	if n := t.written() + len(pcm.Samples); n > t.engine.max {
		return fmt.Errorf("%w: more than %v", ErrTooLong, pcm.Format.Duration(t.engine.max))
	}
	t.samples = append(t.samples, pcm.Samples...)
	if len(t.samples) > longest {
		t.signal()
	}
	return nil
}

// Flush asks for the text of everything written so far. A reading that is going on is given up, unless what was
// written since it began is silence.
func (t *transcription) Flush() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.ended(); err != nil {
		return err
	}
	t.asked++
	t.flush = t.written()
	if t.last.cancel != nil && !t.covers(t.last) {
		t.last.cancel()
	}
	t.signal()
	return nil
}

// Results delivers one result for the last Flush, about all that was written before it.
func (t *transcription) Results() <-chan services.Result { return t.results }

// Close gives up what is being read and waits until it has ended. It may be called twice.
func (t *transcription) Close() error {
	t.mu.Lock()
	if t.err == nil {
		t.err = ErrClosed
	}
	t.mu.Unlock()
	t.cancel()
	<-t.done
	return nil
}

// ended returns why the transcription is over, if it is. The lock is held.
func (t *transcription) ended() error {
	if t.err == nil && t.ctx.Err() != nil {
		t.err = fmt.Errorf("%w: %w", ErrClosed, t.ctx.Err())
	}
	return t.err
}

// written is the number of samples written since Open. The lock is held.
func (t *transcription) written() int { return t.base + len(t.samples) }

// covers reports whether a reading will do as the answer to the last Flush: because it goes as far, or because only
// silence follows. The lock is held.
func (t *transcription) covers(r reading) bool {
	if r.end >= t.flush {
		return true
	}
	return silent(t.samples[r.end-t.base:t.flush-t.base], t.samples[:r.end-t.base])
}

// signal wakes run up.
func (t *transcription) signal() {
	select {
	case t.wake <- struct{}{}:
	default: // it will look at everything anyway
	}
}

// run reads what there is to read until the transcription ends or the model fails.
func (t *transcription) run() {
	defer close(t.done)
	defer func() { _ = t.engine.leave() }() // an error of freeing the model is nobody's here
	defer close(t.results)
	defer t.cancel()
	for t.ctx.Err() == nil {
		err := t.step()
		if err == nil || errors.Is(err, context.Canceled) || t.ctx.Err() != nil {
			continue // given up for a newer Flush, or at the end
		}
		t.mu.Lock()
		t.err = err
		t.mu.Unlock()
		t.deliver(services.Result{Err: err}, func() bool { return false })
		return
	}
}

// step does the next thing there is to do, or waits for one.
func (t *transcription) step() error {
	t.mu.Lock()
	if n := cut(t.samples); n > 0 {
		part := t.samples[:n]
		t.mu.Unlock()
		return t.readPart(part)
	}
	if t.told == t.asked {
		t.mu.Unlock()
		select {
		case <-t.wake:
		case <-t.ctx.Done():
		}
		return nil
	}
	if !t.last.done || !t.covers(t.last) {
		return t.readRest()
	}
	asked := t.asked
	r := services.Result{Text: t.textWith(t.last.text), End: max(t.flush, t.base), Final: true}
	t.mu.Unlock()
	t.deliver(r, func() bool {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.asked != asked
	})
	t.mu.Lock()
	t.told = asked
	t.mu.Unlock()
	return nil
}

// readPart reads the first samples for good.
func (t *transcription) readPart(part []int16) error {
	text, err := t.engine.read(t.ctx, part)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.parts = append(t.parts, text)
	t.base += len(part)
	t.samples = t.samples[len(part):]
	t.last = reading{}
	return nil
}

// readRest reads what follows base, up to where the last Flush asked. It is called with the lock held and frees it.
func (t *transcription) readRest() error {
	r := reading{end: max(t.flush, t.base)}
	samples := t.samples[:r.end-t.base]
	ctx, cancel := context.WithCancel(t.ctx)
	defer cancel()
	r.cancel = cancel
	t.last = r
	t.mu.Unlock()

	text, err := t.engine.read(ctx, samples)

	t.mu.Lock()
	defer t.mu.Unlock()
	t.last.cancel = nil
	if err != nil {
		return err
	}
	t.last.text, t.last.done = text, true
	return nil
}

// textWith returns the text of the whole utterance, of which rest is the end. The lock is held.
func (t *transcription) textWith(rest string) string {
	var b strings.Builder
	for _, part := range append(t.parts[:len(t.parts):len(t.parts)], rest) {
		if part == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(part)
	}
	return b.String()
}

// deliver hands over a result, unless it becomes stale first or the transcription ends.
func (t *transcription) deliver(r services.Result, stale func() bool) {
	for !stale() {
		select {
		case t.results <- r:
			return
		case <-t.wake:
		case <-t.ctx.Done():
			return
		}
	}
}
