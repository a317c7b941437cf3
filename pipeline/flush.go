package pipeline

import (
	"context"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"
)

// flushTurn is how long the OnFlush hooks may take together before each gets a goroutine of its own. Nearly always all
// of them are done by then, and one goroutine for all is what makes an interruption quick.
const flushTurn = 200 * time.Microsecond

// flushes are the OnFlush hooks at work. After close no more begin.
type flushes struct {
	mu     sync.Mutex
	closed bool
	atWork sync.WaitGroup
}

// begin counts one more at work, unless it is too late.
func (f *flushes) begin() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.atWork.Add(1)
	}
	return !f.closed
}

// close lets no more begin and waits for those at work until ctx ends. It reports whether all have come to an end.
func (f *flushes) close(ctx context.Context) bool {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	all := make(chan struct{})
	go func() { f.atWork.Wait(); close(all) }() // ends with the last hook
	select {
	case <-all:
		return true
	case <-ctx.Done():
		return false
	}
}

// flush runs all OnFlush hooks and waits for them, but not for long.
func (s *Session) flush(dead *Generation) {
	round := flushRound{session: s, dead: dead, all: make(chan struct{})}
	for _, r := range s.stages {
		if r.wiring.flush != nil && r.started.Load() {
			round.hooks = append(round.hooks, r)
		}
	}
	if len(round.hooks) == 0 || !s.flushes.begin() {
		return
	}
	defer s.flushes.atWork.Done()
	round.left.Store(int32(len(round.hooks)))
	s.flushes.atWork.Go(round.work) // ends when the hooks return; the session's end waits for it
	late := time.NewTimer(flushTurn)
	defer late.Stop()
	select {
	case <-round.all:
		return
	case <-late.C:
	}
	for range len(round.hooks) - 1 { // one of them is slow: the others do not wait for it
		s.flushes.atWork.Go(round.work)
	}
	late.Reset(FlushGrace - flushTurn)
	select {
	case <-round.all:
	case <-late.C:
		// Without a stage in its hook, the machine was busy and nobody is to blame.
		if stages := s.flushers(); len(stages) > 0 {
			s.log.Warn("pipeline: a stage blocks in its OnFlush hook; its response was dropped all the same",
				"limit", FlushGrace, "stages", stages)
		}
	}
}

// flushRound is one generation's death, told to all hooks.
type flushRound struct {
	session *Session
	dead    *Generation
	hooks   []*runner
	next    atomic.Int32
	left    atomic.Int32
	all     chan struct{} // closed when no hook is left
}

// work runs hooks that nobody has begun yet.
func (f *flushRound) work() {
	for {
		i := int(f.next.Add(1)) - 1
		if i >= len(f.hooks) {
			return
		}
		f.hooks[i].flush(f.dead)
		if f.left.Add(-1) == 0 {
			close(f.all)
		}
	}
}

// flush runs the stage's hook.
func (r *runner) flush(dead *Generation) {
	pprof.SetGoroutineLabels(r.labels)
	r.flushing.Add(1)
	defer r.flushing.Add(-1)
	if err := protect(func() error { r.wiring.flush(dead); return nil }); err != nil {
		r.session.finish(&StageError{Stage: r.wiring.name, Phase: "flush", Err: err})
	}
}

// flushers names the stages that are in their OnFlush hook.
func (s *Session) flushers() (names []string) {
	for _, r := range s.stages {
		if r.flushing.Load() > 0 {
			names = append(names, r.wiring.name)
		}
	}
	return names
}
