package pipeline

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// Gate is a stage that lets frames of type F through only while it is open. While it is closed, Media is dropped;
// Durable and Response frames wait, in order, and go on when it opens. All other frames pass by. It is safe for
// concurrent use.
type Gate[F Frame] struct {
	mu    sync.Mutex
	open  bool
	queue []held[F]
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
	On(w, func(_ context.Context, f F, out *Emitter) error {
		g.mu.Lock()
		defer g.mu.Unlock()
		switch {
		case g.open:
			return out.Push(f)
		case f.lane() == LaneMedia:
			return nil
		case len(g.queue) >= durableCapacity:
			g.dropDead()
			if len(g.queue) >= durableCapacity {
				return fmt.Errorf("%w: %d frames wait at a closed gate", ErrOverflow, len(g.queue))
			}
		}
		g.queue = append(g.queue, held[F]{frame: f, out: out})
		return nil
	})
	w.OnFlush(func(*Generation) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.dropDead()
	})
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

// Open lets what waits, and all that comes, through.
func (g *Gate[F]) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	for _, h := range g.queue {
		_ = h.out.Push(h.frame) // a dead response and an ended session need it no longer
	}
	g.queue = nil
}

// Close holds back what comes from now on.
func (g *Gate[F]) Close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}
