package bolt

import (
	"runtime"

	"go.etcd.io/bbolt"
)

// change is one Put or Delete on its way to the disk.
type change struct {
	apply func(b *bbolt.Bucket) error // must leave the bucket as it is if it fails
	err   error                       // may be read once done is closed
	done  chan struct{}
}

// commit writes a change to the disk, together with all that wait meanwhile: whoever gets the turn writes what has gathered,
// while the next such group gathers. So a change that is alone waits for nobody, and a busy store writes as often as
// the disk can, whatever the number of changes.
func (s *Store) commit(apply func(b *bbolt.Bucket) error) error {
	c := &change{apply: apply, done: make(chan struct{})}
	s.mu.Lock()
	s.waiting = append(s.waiting, c)
	s.mu.Unlock()
	select {
	case <-c.done:
		return c.err
	case s.turn <- struct{}{}:
	}
	// Those whom the last group has woken often have the next change ready: let them join, or they wait for two groups.
	runtime.Gosched()
	s.mu.Lock()
	group := s.waiting
	s.waiting = nil
	s.mu.Unlock()
	if len(group) > 0 { // else it was written just now
		s.write(group)
	}
	<-s.turn
	<-c.done
	return c.err
}

// write writes a group of changes. What is wrong with one of them is its own; what is wrong with the file fails all.
func (s *Store) write(group []*change) {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		for _, c := range group {
			c.err = c.apply(b)
		}
		return nil
	})
	for _, c := range group {
		if err != nil {
			c.err = err
		}
		close(c.done)
	}
}
