package pipeline

import (
	"context"
	"sync/atomic"
)

// State is what may be done with the response of a generation.
type State int32

// The states of a generation.
const (
	Live   State = iota // it is played
	Paused              // it may go on later: made, but not played
	Held                // speculative: made, but not played, until it is committed or discarded
	Dead                // it is dropped wherever it is
)

// String returns the state's name.
func (s State) String() string {
	switch s {
	case Live:
		return "live"
	case Paused:
		return "paused"
	case Held:
		return "held"
	}
	return "dead"
}

// Generation is one attempt at a response. It is safe for concurrent use.
type Generation struct {
	id     uint64
	ctx    context.Context
	cancel context.CancelCauseFunc
	state  atomic.Int32
	guess  atomic.Bool // opened by Speculate and not committed, nor will it be once it is dead
}

func newGeneration(parent context.Context, id uint64, state State) *Generation {
	g := &Generation{id: id}
	g.state.Store(int32(state))
	g.ctx, g.cancel = context.WithCancelCause(parent)
	return g
}

// ID numbers the generations of a session, from 1.
func (g *Generation) ID() uint64 { return g.id }

// Context ends when the generation dies or the session ends.
func (g *Generation) Context() context.Context { return g.ctx }

// State says what may be done with the generation's response. Whoever plays audio asks before each sample that
// leaves: what is not Live is not played. Whoever does what cannot be undone asks too: not while it is Held.
func (g *Generation) State() State {
	if g.ctx.Err() != nil {
		return Dead
	}
	return State(g.state.Load())
}

// kill ends the context first: a handler that is told of the death by Push must find its context ended.
func (g *Generation) kill(cause error) {
	g.cancel(cause)
	g.state.Store(int32(Dead))
}

// move changes the state from one to another and reports whether it did.
func (g *Generation) move(from, to State) bool {
	return g.state.CompareAndSwap(int32(from), int32(to))
}
