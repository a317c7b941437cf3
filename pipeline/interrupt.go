package pipeline

import (
	"fmt"
	"sync"
	"time"
)

// interrupt kills the current generation. The new one is in place before the old one dies, so that a Durable
// frame pushed meanwhile, such as the user's next words, never belongs to a dead one by accident.
func (s *Session) interrupt(from *runner, reason string) {
	s.genMu.Lock()
	if s.ctx.Err() != nil {
		s.genMu.Unlock()
		return
	}
	s.genCount++
	old := s.current.Swap(newGeneration(s.ctx, s.genCount, Live))
	old.kill(fmt.Errorf("interrupted: %s", reason))
	s.genMu.Unlock()

	_ = s.broadcast(from, Interrupted{Reason: reason})
	s.flush(old)
}

// flush runs all OnFlush hooks side by side and waits for them, but not for long.
func (s *Session) flush(dead *Generation) {
	var flushing sync.WaitGroup
	for _, r := range s.stages {
		if f := r.wiring.flush; f != nil && r.started.Load() {
			// The goroutine ends when the hook returns; the session's end waits for it.
			flushing.Go(func() { r.flush(dead) })
		}
	}
	all := make(chan struct{})
	go func() { flushing.Wait(); close(all) }() // ends with the last hook
	late := time.NewTimer(FlushGrace)
	defer late.Stop()
	select {
	case <-all:
	case <-late.C:
		names := s.flushers()
		if len(names) == 0 {
			return // they have just ended: the machine is busy, not a stage
		}
		s.log.Warn("pipeline: a stage blocks in its OnFlush hook; its response was dropped all the same",
			"limit", FlushGrace, "stages", names)
	}
}

// flush runs the stage's hook.
func (r *runner) flush(dead *Generation) {
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
