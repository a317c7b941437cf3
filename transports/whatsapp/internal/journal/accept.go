package journal

import (
	"fmt"
	"time"
)

const (
	// acceptLimit is how long Accept waits for the store. A webhook waits for it, and Meta for the webhook, which is about 20 s.
	acceptLimit = 10 * time.Second
	// slowAfter is how long what is accepted may wait for the store until nothing more is accepted. One request to the store
	// takes less, or fails.
	slowAfter = storeTimeout + time.Second
)

// late returns ErrSlow if something has waited too long for the store. It needs the lock.
func (j *Journal) late() error {
	oldest := j.writing
	if oldest == nil {
		oldest = j.next
	}
	if oldest == nil {
		return nil
	}
	if age := time.Since(oldest.began); age > slowAfter {
		return fmt.Errorf("%w: something waits for %v", ErrSlow, age.Round(time.Second))
	}
	return nil
}

// Accept opens items, and returns when they are stored. It reports which of them are new; the others were opened or
// settled before. It waits for the store for 10 s at most; then, or when others have waited too long already, it fails with ErrSlow.
//
// With an error, those that are reported as new were accepted all the same, and the others must come again: that of one
// item, which somebody else had just brought, can fail without the rest.
func (j *Journal) Accept(items []Item) (isNew []bool, err error) {
	isNew = make([]bool, len(items))
	var own *batch
	var mine, others []*entry // those that wait for the store
	j.mu.Lock()
	if err := j.usable(len(items)); err != nil {
		j.mu.Unlock()
		return nil, err
	}
	for n, i := range items {
		if old := j.items[i.key()]; old != nil {
			if old.batch != nil && old.batch != own {
				others = append(others, old) // it is not accepted before it is stored
			}
			continue
		}
		if !j.known.has(hashOf(i.key())) {
			isNew[n] = true
			own = j.insert(i, true)
			mine = append(mine, j.items[i.key()])
		}
	}
	var batches []*batch
	for _, e := range others {
		batches = append(batches, e.batch)
	}
	j.mu.Unlock()
	if own != nil {
		batches = append(batches, own)
	}
	await(batches)

	j.mu.Lock()
	defer j.mu.Unlock()
	for n, e := range others {
		if failed := j.outcome(batches[n], e); failed != nil {
			err = failed
		}
	}
	if own == nil {
		return isNew, err
	}
	switch {
	case !own.isDone():
		err = ErrSlow
		for _, e := range mine {
			if j.items[e.key()] == e {
				j.drop(e) // it is told that it failed, so it comes again
			}
		}
	case own.err != nil:
		err = own.err
	default:
		return isNew, err
	}
	clear(isNew)
	return isNew, err
}

// await waits until batches are stored, or it takes too long.
func await(batches []*batch) {
	timer := time.NewTimer(acceptLimit)
	defer timer.Stop()
	for _, b := range batches {
		select {
		case <-b.done:
		case <-timer.C:
			return
		}
	}
}

// outcome returns why an item that somebody else has brought was not accepted with a batch. It needs the lock.
func (j *Journal) outcome(b *batch, e *entry) error {
	switch {
	case !b.isDone():
		return ErrSlow
	case b.err != nil:
		return b.err
	case j.items[e.key()] != e && !j.known.has(hashOf(e.key())):
		return ErrSlow // who has brought it did not wait so long
	}
	return nil
}
