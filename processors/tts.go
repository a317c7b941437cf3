package processors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// DefaultTTSTimeout is how long a clause may take to its first audio, and from piece to piece.
const DefaultTTSTimeout = 10 * time.Second

// TTSOption configures the TTS stage.
type TTSOption func(*tts)

// WithTTSTimeout sets how long the engine may take to the next piece of audio.
func WithTTSTimeout(d time.Duration) TTSOption { return func(t *tts) { t.timeout = d } }

// TTS makes the stage that speaks: it cuts the text of a response into clauses and synthesises each as soon as it
// is complete, while the model goes on writing.
func TTS(engine services.TTS, opts ...TTSOption) pipeline.Stage {
	t := &tts{engine: engine, timeout: DefaultTTSTimeout}
	for _, o := range opts {
		o(t)
	}
	return t
}

type tts struct {
	engine  services.TTS
	timeout time.Duration

	id       uint64 // the response in hand
	gen      *pipeline.Generation
	clauses  clauses
	previous string // the clause before, for the melody
}

func (t *tts) Wire(w *pipeline.Wiring) {
	w.Name("tts" + engineName(t.engine))
	pipeline.Makes[frame.AudioOut](w)
	pipeline.On(w, t.begin)
	pipeline.On(w, t.delta)
	pipeline.On(w, t.end)
	pipeline.OnOptional(w, t.retract)
}

func (t *tts) begin(_ context.Context, f frame.ResponseStart, out *pipeline.Emitter) error {
	t.turnTo(f.ID, out.Generation())
	return out.Push(f)
}

func (t *tts) delta(ctx context.Context, f frame.TextDelta, out *pipeline.Emitter) error {
	t.turnTo(f.ID, out.Generation())
	for _, clause := range t.clauses.add(f.Text) {
		if err := t.speak(ctx, clause, out); err != nil {
			return err
		}
	}
	return nil
}

// retract drops what is not spoken yet when it turns out to be no answer.
func (t *tts) retract(_ context.Context, f frame.Reasoning, out *pipeline.Emitter) error {
	if f.Retract && t.id == f.ID && t.gen == out.Generation() {
		t.clauses = clauses{}
	}
	return out.Push(f)
}

func (t *tts) end(ctx context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
	t.turnTo(f.ID, out.Generation())
	if clause, ok := t.clauses.flush(); ok {
		if err := t.speak(ctx, clause, out); err != nil {
			return err
		}
	}
	return out.Push(f)
}

// turnTo forgets what is left of another response.
func (t *tts) turnTo(id uint64, gen *pipeline.Generation) {
	if t.id != id || t.gen != gen {
		t.id, t.gen, t.clauses, t.previous = id, gen, clauses{}, ""
	}
}

// speak synthesises one clause. A fault of the engine is told as a Failure, and the rest of the response goes on.
func (t *tts) speak(ctx context.Context, clause string, out *pipeline.Emitter) error {
	first := t.previous == ""
	if first {
		_ = out.Push(frame.Metrics{Point: frame.PointFirstClause, At: time.Now()})
	}
	err := t.synthesize(ctx, clause, first, out)
	t.previous = clause
	if err == nil || ctx.Err() != nil || errors.Is(err, pipeline.ErrDeadGeneration) {
		return nil
	}
	return out.Push(pipeline.Failure{Stage: "tts", Err: err})
}

func (t *tts) synthesize(ctx context.Context, clause string, first bool, out *pipeline.Emitter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	late := time.AfterFunc(t.timeout, func() { cancel(fmt.Errorf("no audio within %v", t.timeout)) })
	defer late.Stop()

	text := clause
	for speech, err := range t.engine.Synthesize(ctx, services.Utterance{Text: clause, Previous: t.previous}) {
		if err != nil {
			if cause := context.Cause(ctx); cause != nil {
				err = cause
			}
			return fmt.Errorf("tts: %w", err)
		}
		late.Stop() // waiting for room further on is not the engine's fault
		if first {
			first = false
			_ = out.Push(frame.Metrics{Point: frame.PointFirstAudio, At: time.Now()})
		}
		if err := out.Push(frame.AudioOut{ID: t.id, PCM: speech.PCM, Text: text, Words: speech.Words}); err != nil {
			return err
		}
		text = ""
		late.Reset(t.timeout)
	}
	if text != "" {
		return fmt.Errorf("tts: no audio for %d characters of text", len(text))
	}
	return nil
}
