package pipeline

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// Gate is a stage that lets frames of type F through only while it is open. While it is closed, Media is dropped;
// Durable and Response frames wait, in order, and go on when it opens, or when the End comes by: nobody could hear of
// them behind it. All other frames pass by. It is safe for concurrent use.
type Gate[F Frame] struct {
	pushing sync.Mutex // whoever lets frames through, one at a time; taken before mu
	mu      sync.Mutex // never held while a push may wait: OnFlush takes it
	open    bool
	queue   []held[F]
}

type held[F Frame] struct {
	frame F
	out   *Emitter
}

// NewGate makes a gate that is open or closed.
func NewGate[F Frame](open bool) *Gate[F] { return &Gate[F]{open: open} }

// Wire registers the gate.
func (g *Gate[F]) Wire(w *Wiring) {
	w.Name("gate(" + reflect.TypeFor[F]().Name() + ")")
	On(w, g.handle)
	if _, ends := any(*new(F)).(End); !ends && reflect.TypeFor[F]() != frameType {
		OnOptional(w, func(context.Context, End, *Emitter) error {
			g.pushing.Lock()
			defer g.pushing.Unlock()
			g.pass()
			return nil
		})
	}
	w.OnFlush(func(*Generation) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.dropDead()
	})
}

func (g *Gate[F]) handle(_ context.Context, f F, out *Emitter) error {
	g.pushing.Lock()
	defer g.pushing.Unlock()
	if _, end := any(f).(End); end { // of a Gate of all frames
		g.pass()
		return nil
	}
	if f.lane() == LaneSignal {
		return nil // all stages have got it already
	}
	if opened, err := g.hold(f, out); !opened {
		return err
	}
	return out.Push(f)
}

// hold keeps a frame if the gate is closed. It reports whether it is open.
func (g *Gate[F]) hold(f F, out *Emitter) (open bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.open:
		return true, nil
	case f.lane() == LaneMedia:
		return false, nil
	case len(g.queue) >= durableCapacity:
		g.dropDead()
		if len(g.queue) >= durableCapacity {
			return false, fmt.Errorf("%w: %d frames wait at a closed gate", ErrOverflow, len(g.queue))
		}
	}
	g.queue = append(g.queue, held[F]{frame: f, out: out})
	return false, nil
}

// pass lets through what waits; the caller has g.pushing.
func (g *Gate[F]) pass() {
	g.mu.Lock()
	waiting := g.queue
	g.queue = nil
	g.mu.Unlock()
	for _, h := range waiting {
		_ = h.out.Push(h.frame) // a dead response and an ended session need it no longer
	}
}

// dropDead forgets parts of responses that nobody will hear.
func (g *Gate[F]) dropDead() {
	kept := g.queue[:0]
	for _, h := range g.queue {
		if h.frame.lane() != LaneResponse || h.out.Generation().State() != Dead {
			kept = append(kept, h)
		}
	}
	clear(g.queue[len(kept):])
	g.queue = kept
}

// Open lets what waits, and all that comes, through. It waits for room for the parts of responses.
func (g *Gate[F]) Open() {
	g.pushing.Lock()
	defer g.pushing.Unlock()
	g.mu.Lock()
	g.open = true
	g.mu.Unlock()
	g.pass()
}

// Close holds back what comes from now on.
func (g *Gate[F]) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}
