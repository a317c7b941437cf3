package engine

import (
	"context"
	"slices"
	"sync"
)

// slot is one sequence of tokens in the backend. While a request has it, only that request touches it.
type slot struct {
	id     int
	tokens []int32 // what the backend holds of it
	used   int     // when it was last given out, counted in requests
	busy   bool
	// held is what the backend held when preempt was set: tokens belongs to who reads ahead.
	held []int32
	// preempt ends the reading ahead that keeps the slot busy; nil if it is not that.
	preempt context.CancelFunc
	// next is who gets the slot then.
	next chan *slot
}

// slots gives slots to requests.
type slots struct {
	mu      sync.Mutex
	all     []*slot
	clock   int
	waiting []chan *slot
	queue   int
}

func newSlots(n, queue int) *slots {
	s := &slots{queue: queue}
	for id := range n {
		s.all = append(s.all, &slot{id: id})
	}
	return s
}

// take returns the slot that suits a prompt best. It waits if all are busy, in a queue of limited length.
func (s *slots) take(ctx context.Context, prompt []int32) (*slot, error) {
	s.mu.Lock()
	best := s.best(prompt)
	if best != nil && best.preempt == nil {
		s.give(best)
		s.mu.Unlock()
		return best, nil
	}
	ch := make(chan *slot, 1)
	switch {
	case best != nil: // it comes back after one step, with all that was read
		best.preempt()
		best.preempt = nil
		best.next = ch
	case len(s.waiting) >= s.queue:
		s.mu.Unlock()
		return nil, ErrBusy
	default:
		s.waiting = append(s.waiting, ch)
	}
	s.mu.Unlock()
	select {
	case got := <-ch:
		return got, nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	i := slices.Index(s.waiting, ch)
	if i >= 0 {
		s.waiting = slices.Delete(s.waiting, i, i+1)
	}
	s.mu.Unlock()
	if i < 0 { // it was given a slot at the same moment, or will be after one step
		s.release(<-ch)
	}
	return nil, ctx.Err()
}

// best finds the free slot, or one that is only reading ahead, whose conversation the prompt continues: one that keeps at least half of its tokens, and
// among those the one that saves most. For a new conversation it is the slot that was not used for the longest time.
func (s *slots) best(prompt []int32) *slot {
	var best *slot
	bestKept := -1
	for _, c := range s.all {
		if c.busy && c.preempt == nil {
			continue
		}
		held := c.held
		if !c.busy {
			held = c.tokens
		}
		kept := common(held, prompt)
		if 2*kept < len(held) {
			kept = -1
		}
		if best == nil || kept > bestKept || (kept == bestKept && c.used < best.used) {
			best, bestKept = c, kept
		}
	}
	return best
}

// give marks a slot as taken. The lock is held.
func (s *slots) give(c *slot) {
	s.clock++
	c.used, c.busy = s.clock, true
}

// mayPreempt says that a slot that was taken may be taken away by calling end, because nobody waits for what is done
// with it.
func (s *slots) mayPreempt(c *slot, end context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) > 0 {
		end()
		return
	}
	c.preempt, c.held = end, slices.Clone(c.tokens)
}

// release gives a slot to who has claimed it or waits longest, or makes it free.
func (s *slots) release(c *slot) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := c.next
	c.next, c.preempt, c.held = nil, nil, nil
	if next == nil {
		if len(s.waiting) == 0 {
			c.busy = false
			return
		}
		next = s.waiting[0]
		s.waiting = slices.Delete(s.waiting, 0, 1)
	}
	s.give(c)
	next <- c // has room for one
}

// common is the length of the beginning that two prompts share.
func common(a, b []int32) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
