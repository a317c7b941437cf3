package pipeline

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"sync/atomic"
)

// Emitter is where a stage puts what it makes. It is safe for concurrent use.
//
// The emitter given to a handler belongs to the generation of the frame in hand: parts of a response that are
// pushed to it die with that generation. The one given to OnStart belongs to none: parts of a response pushed to
// it join the generation that is current at that moment.
//
// A Durable frame belongs to the generation that is current when it is pushed, with two exceptions. One of the type
// in hand is passed on, and stays in its generation as if it had passed the stage by: what was interrupted does not
// come to life again. And what is made of a guess (Speculate) belongs to the guess. Neither holds once the handler has
// called Interrupt itself.
type Emitter struct {
	session     *Session
	stage       *runner // nil at the head of the pipeline
	gen         *Generation
	inHand      reflect.Type // of the Durable frame in hand; nil for others
	interrupted atomic.Bool  // by this emitter
}

// Push sends a frame on its way, as its lane says: a signal to all other stages, everything else to the next
// stage. Only a Response can wait, for room in the next stage's queue. A frame that no later stage handles ends
// here, which is no error.
//
// It returns ErrDeadGeneration for a part of a dead response and ErrEnded after the end of the session, at the head of
// the pipeline already after an End.
func (e *Emitter) Push(f Frame) error {
	if f == nil {
		return errors.New("pipeline: Push of a nil frame")
	}
	if f.lane() == LaneSignal {
		return e.session.broadcast(e.stage, f)
	}
	gen := e.session.current.Load()
	if end, ok := f.(End); ok {
		if !e.session.beginDrain() {
			return nil // one End is enough
		}
		return e.session.sendAll(e.session.head, end, gen) // behind all that is anywhere in the pipeline
	}
	if e.stage == nil && e.session.draining.Load() {
		return ErrEnded // it would come behind the End
	}
	if e.gen != nil && (f.lane() == LaneResponse || e.keeps(f)) {
		gen = e.gen
	}
	return e.session.sendAll(e.links(), f, gen)
}

// keeps reports whether a Durable frame stays in the generation of the frame in hand.
func (e *Emitter) keeps(f Frame) bool {
	return (e.inHand == reflect.TypeOf(f) || e.gen.guess.Load()) && !e.interrupted.Load()
}

func (e *Emitter) links() []link {
	if e.stage == nil {
		return e.session.head
	}
	return e.stage.next
}

// Interrupt kills the current generation and opens a new one, tells all stages, and has them free what they
// hold of it. When it returns, no more of the dead response will be played, and what was heard of it is known.
func (e *Emitter) Interrupt(reason string) {
	if e.gen != nil {
		e.interrupted.Store(true)
	}
	e.session.interrupt(e.stage, reason)
}

// Pause stops the playback of the current generation; its making goes on. It reports whether it was live.
func (e *Emitter) Pause() bool { return e.session.Pause() }

// Resume lets a paused current generation play on, from the very next sample. It reports whether it was paused.
func (e *Emitter) Resume() bool { return e.session.Resume() }

// Generation is that of the frame in hand, or the current one.
func (e *Emitter) Generation() *Generation {
	if e.gen != nil {
		return e.gen
	}
	return e.session.current.Load()
}

// Context ends when the session ends. Goroutines that a stage owns live by it.
func (e *Emitter) Context() context.Context { return e.session.ctx }

// Logger is the session's logger with the stage's name.
func (e *Emitter) Logger() *slog.Logger {
	if e.stage == nil {
		return e.session.log
	}
	return e.session.log.With("stage", e.stage.wiring.name)
}
