package processors

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// utterance is one stretch of speech on its way to text. The stage's goroutine writes to it; collect, on a
// goroutine of its own, reads the results.
type utterance struct {
	stage  *stt
	cancel context.CancelFunc
	t      services.Transcription // nil if it could not be opened
	start  frame.Position
	stop   frame.Position // valid once ended is closed
	ended  chan struct{}  // closed when the VAD says that the utterance is over
	before <-chan struct{}
	done   chan struct{} // closed when the final transcript is out

	mu       sync.Mutex
	written  int // samples given to the engine
	flushed  int // samples up to which text was asked for
	err      error
	segments []services.Result // what was understood so far, in order
	readyAt  time.Time         // when the text of all that was asked for was there
}

func (u *utterance) write(pcm audio.PCM) {
	if u.t == nil {
		return
	}
	if err := u.t.Write(pcm); err != nil {
		u.fail(fmt.Errorf("stt: write: %w", err))
		return
	}
	u.mu.Lock()
	u.written += pcm.Len()
	u.mu.Unlock()
}

// flush asks for the text of what was said so far.
func (u *utterance) flush() {
	if u.t == nil {
		return
	}
	u.mu.Lock()
	u.flushed = u.written
	u.mu.Unlock()
	if err := u.t.Flush(); err != nil {
		u.fail(fmt.Errorf("stt: flush: %w", err))
	}
}

// end says that the utterance is over. The pause that ended it was flushed when it began.
func (u *utterance) end(at frame.Position) {
	u.mu.Lock()
	never := u.flushed == 0
	u.mu.Unlock()
	if never {
		u.flush()
	}
	u.stop = at
	close(u.ended)
}

func (u *utterance) fail(err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err == nil {
		u.err = err
	}
}

// collect reads results until the utterance is over and its text complete, then pushes the final transcript. It
// ends with that, or with the session.
func (u *utterance) collect(ctx context.Context) {
	defer close(u.done)
	defer u.cancel()
	var results <-chan services.Result
	if u.t != nil {
		defer func() { _ = u.t.Close() }() // nothing more is wanted of it
		results = u.t.Results()
	}
	ended := u.ended
	var late <-chan time.Time
	for {
		select {
		case r, open := <-results:
			if !open {
				results = nil
				u.fail(errors.New("stt: the engine ended the transcription before its result"))
				break
			}
			u.take(r)
		case <-ended:
			ended = nil
			timer := time.NewTimer(u.stage.timeout)
			defer timer.Stop()
			late = timer.C
		case <-late:
			u.fail(fmt.Errorf("stt: no text %v after the end of the utterance", u.stage.timeout))
		case <-ctx.Done():
			return
		}
		complete, err := u.complete()
		if ended == nil && (complete || err != nil) {
			u.finish(ctx, err)
			return
		}
	}
}

// take enters one result in place of those whose span it covers, and tells the interim text.
func (u *utterance) take(r services.Result) {
	if r.Err != nil {
		u.fail(fmt.Errorf("stt: %w", r.Err))
		return
	}
	u.mu.Lock()
	kept := u.segments[:0]
	for _, s := range u.segments {
		if s.Start < r.Start || s.End > r.End {
			kept = append(kept, s)
		}
	}
	u.segments = append(kept, r)
	u.readyAt = time.Now()
	u.mu.Unlock()
	select {
	case <-u.ended: // the final one follows at once
	default:
		_ = u.stage.out.Push(frame.Transcript{Text: u.text(), Start: u.start, End: u.start + frame.Position(r.End)})
	}
}

// complete reports whether the text of all that was asked for is there.
func (u *utterance) complete() (bool, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, s := range u.segments {
		if s.End >= u.flushed && u.flushed > 0 {
			return true, u.err
		}
	}
	return false, u.err
}

func (u *utterance) text() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	var texts []string
	for _, s := range u.segments {
		if t := strings.TrimSpace(s.Text); t != "" {
			texts = append(texts, t)
		}
	}
	return strings.Join(texts, " ")
}

// finish pushes the final transcript, after that of the utterance before.
func (u *utterance) finish(ctx context.Context, err error) {
	select {
	case <-u.before:
	case <-ctx.Done():
		return
	}
	if err != nil {
		_ = u.stage.out.Push(pipeline.Failure{Stage: "stt", Err: err})
	}
	u.mu.Lock()
	ready := u.readyAt
	u.mu.Unlock()
	if ready.IsZero() {
		ready = time.Now()
	}
	_ = u.stage.out.Push(frame.Metrics{Point: frame.PointTranscript, At: ready})
	_ = u.stage.out.Push(frame.Transcript{Text: u.text(), Start: u.start, End: u.stop, Final: true})
}
