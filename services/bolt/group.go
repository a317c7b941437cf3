package bolt

import (
	"context"
	"runtime"
	"time"
)

const (
	// groupBytes is when a group takes no more changes.
	groupBytes = 1 << 20
	// groupPause is how long after a group of several changes the next one begins at the earliest, unless groupEnough wait
	// for it. To write a group takes a tenth of a millisecond of the processor, whatever is in it: with this, a store that is
	// busy leaves it to others, and a change comes to the disk half a millisecond later. Somebody who writes alone never waits.
	groupPause  = time.Millisecond
	groupEnough = 64
)

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
		s.pause()
		s.lead(c)
		<-s.turn
	}
	err := c.err
	c.ctx, c.key, c.raw = nil, "", nil
	s.pool.Put(c)
	return err
}

// pause waits until the next group may begin.
func (s *Store) pause() {
	s.mu.Lock()
	enough := len(s.waiting) >= groupEnough
	s.mu.Unlock()
	if d := groupPause - time.Since(s.began); d > 0 && s.together > 1 && !enough {
		time.Sleep(d)
	}
	s.began = time.Now()
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
	s.together = len(group)
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
