package journal

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
)

// deleters is how many keys are deleted at the same time: stores write such changes together.
const deleters = 16

// fold is the folder: it clears segments away that are not needed any more. It ends with the journal.
func (j *Journal) fold() {
	for {
		select {
		case <-j.foldNow:
		case <-j.ending:
			return
		}
		if err := j.foldOnce(); err != nil && j.ctx.Err() == nil {
			j.log.Warn("the journal could not be shortened; that is tried again later", "err", err)
		}
	}
}

// foldOnce stores the ids that were settled, then the new beginning, and then deletes what is before it. Wherever it
// is cut short, nothing is lost, and the next time goes on. Claims are removed before the ids are out of the checkpoint.
func (j *Journal) foldOnce() error {
	j.folding.Lock()
	defer j.folding.Unlock()
	j.mu.Lock()
	if j.taken != nil {
		j.mu.Unlock()
		return nil
	}
	settled := 0
	for settled < len(j.open) && j.open[settled] == 0 {
		settled++
	}
	if len(j.open)-settled > j.limits.segments() {
		j.carry(j.first + uint64(len(j.open)/2))
	}
	j.forget(time.Now())
	blocks := j.dirtyBlocks()
	c := j.checkpoint
	c.First = j.first + uint64(settled)
	c.KnownFirst, c.KnownEnd = j.known.first, j.known.end()
	j.mu.Unlock()
	j.unclaim()

	for n, b := range blocks {
		if err := j.storeBlock(b); err != nil {
			j.still(blocks[n:])
			return err
		}
	}
	if err := j.storeCheckpoint(c); err != nil {
		return err
	}
	j.mu.Lock()
	j.open = append([]int(nil), j.open[settled:]...)
	j.first = c.First
	j.mu.Unlock()

	return j.sweep()
}

// sweep deletes what is before the beginning. That it is gone is stored with the next checkpoint; until then too much
// would be deleted again.
func (j *Journal) sweep() error {
	c := &j.checkpoint
	var old []string
	for n := c.Garbage; n < c.First; n++ {
		old = append(old, j.keys.segment(n))
	}
	for n := c.KnownGarbage; n < c.KnownFirst; n++ {
		old = append(old, j.keys.block(n))
	}
	if err := j.remove(old); err != nil {
		return err
	}
	c.Garbage, c.KnownGarbage = c.First, c.KnownFirst
	return nil
}

// carry writes the open items of old segments again, at the end. It needs the lock. One that is about to begin is left
// for later: its new record would not say that it was begun. If the old segments are full of open items, they stay: the
// new ones would be as many.
func (j *Journal) carry(before uint64) {
	var old []*entry
	bytes := 0
	for _, e := range j.items {
		if e.stored && !e.carried && e.segment < before {
			bytes += recordSize(e.Item)
			if e.beginning == 0 {
				old = append(old, e)
			}
		}
	}
	// A segment may be only half full, because the next record does not fit into it.
	if most := uint64(2*bytes/j.limits.segment + 1); 2*most > before-j.first {
		return
	}
	for _, e := range old {
		e.carried = true
		j.enqueue(pending{record: record{op: opOpen, item: e.Item, order: e.order}, entry: e})
	}
}

// stale is a block as it must be stored.
type stale struct {
	*block
	number uint64
	value  []byte
}

// dirtyBlocks needs the lock.
func (j *Journal) dirtyBlocks() (all []stale) {
	for n, b := range j.known.blocks {
		if b.dirty {
			all = append(all, stale{b, j.known.first + uint64(n), b.encode()})
			b.dirty = false
		}
	}
	return all
}

func (j *Journal) storeBlock(b stale) error {
	revision, err := j.replace(j.keys.block(b.number), b.value, b.revision)
	if err == nil {
		b.revision = revision
	}
	return err
}

// still takes note of blocks that could not be stored.
func (j *Journal) still(dirty []stale) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, b := range dirty {
		b.dirty = true
	}
}

func (j *Journal) storeCheckpoint(c checkpoint) error {
	revision, err := j.replace(j.keys.checkpoint(), c.encode(), j.revision)
	if err == nil {
		j.checkpoint, j.revision = c, revision
	}
	return err
}

// replace stores a value that only this process changes. If somebody else has, the journal is taken, unless it was an
// earlier try of this process whose answer got lost.
func (j *Journal) replace(key string, value []byte, revision uint64) (uint64, error) {
	ctx, cancel := context.WithTimeout(j.ctx, storeTimeout)
	defer cancel()
	next, err := j.store.Put(ctx, key, value, revision)
	if !errors.Is(err, services.ErrConflict) {
		return next, err
	}
	// The value's revision first: if it is another process's, the checkpoint tells.
	if _, revision, err = j.store.Get(ctx, key); err != nil && !errors.Is(err, services.ErrNotFound) {
		return 0, err
	}
	stored, _, err := j.store.Get(ctx, j.keys.checkpoint())
	if err != nil {
		return 0, err
	}
	if c, err := readCheckpoint(stored); err != nil || c.Owner != j.owner() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.taken = fmt.Errorf("%w (%s was changed)", ErrTaken, j.keys.checkpoint())
		j.log.Error("this bot has lost its journal and answers nothing more", "err", j.taken)
		return 0, j.taken
	}
	return j.store.Put(ctx, key, value, revision)
}

// remove deletes keys.
func (j *Journal) remove(keys []string) error {
	var wg sync.WaitGroup
	errs := make([]error, min(deleters, len(keys)))
	for w := range errs {
		wg.Go(func() { // ends with its share of the keys
			for n := w; n < len(keys); n += len(errs) {
				ctx, cancel := context.WithTimeout(j.ctx, storeTimeout)
				err := j.store.Delete(ctx, keys[n])
				cancel()
				if err != nil {
					errs[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
