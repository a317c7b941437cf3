package bolt

import (
	"context"
	"runtime"
)

// groupBytes is when a group takes no more changes.
const groupBytes = 1 << 20

// commit writes a change to the disk, together with all that wait meanwhile: whoever gets the turn writes what has gathered,
// while the next such group gathers. So a change that is alone waits for nobody, and a busy store writes as often as
// the disk can, whatever the number of changes.
func (s *Store) commit(ctx context.Context, key string, raw []byte, from uint64) error {
	c := s.pool.Get().(*change)
	c.ctx, c.key, c.raw, c.from, c.err = ctx, key, raw, from, nil
	s.mu.Lock()
	s.waiting = append(s.waiting, c)
	s.mu.Unlock()
	select {
	case <-c.done:
	case s.turn <- struct{}{}:
		// Those whom the last group has woken often have the next change ready: let them join, or they wait for two groups.
		runtime.Gosched()
		s.lead(c)
		<-s.turn
	}
	err := c.err
	c.ctx, c.key, c.raw = nil, "", nil
	s.pool.Put(c)
	return err
}

// lead writes groups until a change is done.
func (s *Store) lead(c *change) {
	for {
		select {
		case <-c.done:
			return
		default:
			s.write(s.gathered())
		}
	}
}

// gathered takes the next group from those that wait.
func (s *Store) gathered() []*change {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := 0
	for i, c := range s.waiting {
		if size += len(c.key) + len(c.raw); size > groupBytes && i > 0 {
			group := s.waiting[:i:i]
			s.waiting = s.waiting[i:]
			return group
		}
	}
	group := s.waiting
	s.waiting = nil
	return group
}

// write writes a group of changes. What is wrong with one of them is its own; what is wrong with the disk fails all, also
// those that were refused, since it might have been for one that is not there now.
func (s *Store) write(group []*change) {
	err := s.record(group)
	if err == nil {
		s.publish(group)
	}
	clear(s.pending)
	for _, c := range group {
		if err != nil {
			c.err = err
		}
		c.done <- struct{}{}
	}
}

// record has a group of changes in the log.
func (s *Store) record(group []*change) error {
	if s.closed {
		return ErrClosed
	}
	s.group.Reset()
	for _, c := range group {
		c.err = s.admit(c)
	}
	if s.group.Size() == 0 {
		return nil
	}
	log, err := s.roomFor(s.group.Size())
	if err != nil {
		return err
	}
	return log.Append(&s.group)
}
