package pipeline

import (
	"fmt"
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
