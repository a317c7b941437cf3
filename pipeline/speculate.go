package pipeline

import (
	"errors"
	"fmt"
)

// Committed is broadcast when a held generation became the current one: what was guessed has come true.
type Committed struct {
	Signal
	// Generation is its ID.
	Generation uint64
}

// Speculate opens a held generation and pushes a Durable frame in it, such as a user's turn that is not quite sure
// to be over. All stages work on it, but nothing of it is played until Commit. What a handler makes of it, Durable
// frames too, belongs to the guess. The current generation is left as it is, and any number of held ones can exist
// beside it.
func (e *Emitter) Speculate(f Frame) (*Generation, error) {
	if f == nil || f.lane() != LaneDurable {
		return nil, errors.New("pipeline: Speculate wants a Durable frame")
	}
	s := e.session
	s.genMu.Lock()
	s.genCount++
	g := newGeneration(s.ctx, s.genCount, Held)
	g.guess.Store(true)
	s.genMu.Unlock()
	if err := s.sendAll(e.links(), f, g); err != nil {
		g.kill(err)
		return nil, err
	}
	return g, nil
}

// Commit makes a held generation the current one, kills the one that was current before, as an interruption does,
// and tells all stages. It reports whether the generation was still held.
func (e *Emitter) Commit(g *Generation) bool {
	s := e.session
	s.genMu.Lock()
	if g.State() != Held {
		s.genMu.Unlock()
		return false
	}
	old := s.current.Swap(g)
	old.kill(fmt.Errorf("replaced by generation %d", g.id))
	g.guess.Store(false)
	g.move(Held, Live)
	s.genMu.Unlock()

	_ = s.broadcast(nil, Committed{Generation: g.id})
	s.flush(old)
	return true
}

// Discard kills a held generation and nothing else. It reports whether it was still held.
func (e *Emitter) Discard(g *Generation) bool {
	s := e.session
	s.genMu.Lock() // a Commit of the same guess comes before it or behind it
	held := g.State() == Held
	if held {
		g.kill(errors.New("discarded"))
	}
	s.genMu.Unlock()
	if held {
		s.flush(g)
	}
	return held
}
