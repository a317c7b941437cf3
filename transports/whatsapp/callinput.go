package whatsapp

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// callInput is the head of a call's pipeline.
type callInput struct {
	texts bool // what the user writes comes here, too
	turns turnWatch
	model callModel
	log   *slog.Logger
	out   atomic.Pointer[pipeline.Emitter] // nil while no pipeline runs
}

// Wire registers the stage.
func (i *callInput) Wire(w *pipeline.Wiring) {
	w.Name("whatsapp-in")
	pipeline.Makes[frame.AudioIn](w)
	pipeline.Makes[frame.DTMF](w)
	if i.texts {
		pipeline.Makes[frame.UserTurn](w)
	}
	pipeline.Makes[frame.Say](w) // the warning before a call gets too long
	pipeline.OnOptional(w, func(_ context.Context, m frame.Metrics, _ *pipeline.Emitter) error {
		i.turns.metrics(m)
		i.model.point(m)
		return nil
	})
	pipeline.OnOptional(w, func(_ context.Context, p frame.Playback, _ *pipeline.Emitter) error {
		if p.State == frame.PlaybackDone {
			i.model.ended()
		}
		return nil
	})
	// A model or a voice that fails ends no call, so without a word nobody would notice it.
	pipeline.OnOptional(w, func(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
		i.log.Warn("a part of the call failed", "stage", f.Stage, "err", f.Err)
		i.model.failed(f)
		return nil
	})
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		i.out.Store(out)
		return nil
	})
	w.OnStop(func(context.Context) error {
		i.out.Store(nil)
		i.model.ended()
		return nil
	})
}

// deliver pushes what came from the caller. What comes while no pipeline runs is nobody's.
func (i *callInput) deliver(f pipeline.Frame) {
	_ = i.push(f) // fails only when no pipeline runs
}

// push pushes a frame that does not come from the caller's audio.
func (i *callInput) push(f pipeline.Frame) error {
	if out := i.out.Load(); out != nil {
		return out.Push(f)
	}
	return errNoPipeline
}
