package journal

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/services"
)

const (
	// storeTimeout bounds one request to the store.
	storeTimeout = 5 * time.Second
	// writeLimit is how long a write is tried again while the store fails, if the one before has worked. A webhook
	// waits for that, and Meta for the webhook, which is about 20 s.
	writeLimit = 8 * time.Second
	firstPause = 50 * time.Millisecond
	// settleDelay is how long it may take until it is written that an item is settled: nearly always something comes
	// meanwhile that must be written at once, and takes it along. A process that is killed in this time leaves an item that
	// is reported as uncertain.
	settleDelay = 5 * time.Millisecond
	// restPause is how long the writer rests when a write has failed for good.
	restPause = 500 * time.Millisecond
)

// write is the writer: it ends when the journal is closed and nothing waits, or nothing more can be written.
func (j *Journal) write() {
	defer j.abandon()
	for {
		b := j.take()
		if b == nil {
			return
		}
		done, err := j.commit(b.records)
		j.finish(b, done, err)
		if err == nil {
			continue
		}
		if j.ctx.Err() != nil || errors.Is(err, ErrTaken) {
			return
		}
		select {
		case <-j.ending:
			return // it was the last try
		case <-time.After(restPause):
		}
	}
}

// take waits for something to write. It returns nil when the journal is closed and nothing waits.
func (j *Journal) take() *batch {
	for {
		b, wait := j.due()
		if wait == 0 {
			return b
		}
		timer := time.NewTimer(wait)
		select {
		case <-j.wake:
		case <-timer.C:
		case <-j.ending:
		}
		timer.Stop()
	}
}

// due returns what is to be written now, or how long that has time if nothing happens before.
func (j *Journal) due() (*batch, time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.next
	if !j.closed {
		switch {
		case b == nil:
			return nil, time.Hour
		case !b.urgent && time.Since(b.began) < settleDelay:
			return nil, settleDelay - time.Since(b.began)
		}
	}
	j.next, j.writing = nil, b
	return b, 0
}

// commit writes records, in as many segments as they need, and returns how many are stored.
func (j *Journal) commit(records []pending) (done int, err error) {
	for done < len(records) {
		value := segmentHeader(j.mark)
		n := done
		for n < len(records) && (n == done || len(value)+len(records[n].item.Data) < j.limits.segment) {
			value = appendRecord(value, records[n].record)
			n++
		}
		if err := j.put(value); err != nil {
			return done, err
		}
		j.stored(records[done:n])
		done = n
	}
	return done, nil
}

// put stores a segment.
func (j *Journal) put(value []byte) error {
	j.mu.Lock()
	limit := writeLimit
	if j.trouble != nil {
		limit = 0
	}
	j.mu.Unlock()
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, time.Second) {
		ctx, cancel := context.WithTimeout(j.ctx, storeTimeout)
		_, err := j.store.Put(ctx, j.keys.segment(j.tail), value, 0)
		if errors.Is(err, services.ErrConflict) {
			var mine bool
			if mine, err = j.mine(ctx, value); err == nil && !mine {
				// It holds an earlier try, which those who waited for it have given up, or what one has written who
				// has lost the journal and did not know yet.
				cancel()
				j.count(0)
				j.tail++
				pause = firstPause
				continue
			}
		}
		if err == nil {
			err = j.owned(ctx)
		}
		cancel()
		if err == nil {
			return nil
		}
		if errors.Is(err, ErrTaken) || j.ctx.Err() != nil || time.Since(began)+pause > limit {
			return fmt.Errorf("journal: the store does not take %s: %w", j.keys.segment(j.tail), err)
		}
		select {
		case <-time.After(pause):
		case <-j.ctx.Done():
		}
	}
}

// mine looks at what is where a segment should go: the same value, whose writing came through although the answer
// did not, or something else; then it asks whether this process still has the journal.
func (j *Journal) mine(ctx context.Context, value []byte) (bool, error) {
	there, _, err := j.store.Get(ctx, j.keys.segment(j.tail))
	if err != nil {
		return false, err
	}
	if bytes.Equal(there, value) {
		return true, nil
	}
	return false, j.owned(ctx)
}

// owned returns ErrTaken if another process has opened the journal. The number of a segment tells that as long as the
// other's segment is there; an idle process would not see it before it is cleared away. So the owner is looked up after
// each write: what was written before the owner changed is found by the new one.
func (j *Journal) owned(ctx context.Context) error {
	value, _, err := j.store.Get(ctx, j.keys.checkpoint())
	if errors.Is(err, services.ErrNotFound) {
		return nil // somebody has deleted it, and the next process begins anew
	}
	if err != nil {
		return err
	}
	if bytes.Contains(value, []byte(`"owner":"`+j.owner()+`"`)) {
		return nil // as nearly always; to read all of it would take longer than to write
	}
	if c, err := readCheckpoint(value); err == nil && c.Owner != j.owner() {
		return ErrTaken
	}
	return nil
}

// count takes note of a segment with so many open items.
func (j *Journal) count(items int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.open = append(j.open, items)
}

// stored takes note of records that are in the store, in the segment at the tail.
func (j *Journal) stored(records []pending) {
	j.mu.Lock()
	defer j.mu.Unlock()
	items := 0
	for _, r := range records {
		if r.op == opBegin {
			r.entry.beginning--
			r.entry.Begun = true
			continue
		}
		if r.entry == nil || j.items[r.item.key()] != r.entry {
			continue // settled meanwhile
		}
		if r.entry.carried {
			r.entry.carried = false
			j.open[r.entry.segment-j.first]--
		}
		r.entry.stored, r.entry.segment = true, j.tail
		items++
	}
	j.open = append(j.open, items)
	j.tail++
	if len(j.open) >= j.limits.fold {
		poke(j.foldNow)
	}
}

// finish tells those who wait for a batch, of which so many records are stored, what came of it. What nobody waits
// for is tried again.
func (j *Journal) finish(b *batch, done int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	defer close(b.done)
	j.writing = nil
	for _, r := range b.records[:done] {
		if r.op != opOpen {
			continue
		}
		if err != nil && r.await && j.items[r.item.key()] == r.entry {
			j.drop(r.entry) // it is told that it failed, so it comes again
		}
		r.entry.batch = nil
	}
	if err == nil {
		if j.trouble != nil {
			j.log.Info("the journal can be written again")
		}
		j.trouble = nil
		return
	}
	b.err = err
	if errors.Is(err, ErrTaken) {
		j.taken = err
		j.log.Error("this bot has lost its journal and answers nothing more", "err", err)
	} else if j.trouble == nil {
		j.log.Error("the journal cannot be written: webhooks are not accepted until it can", "err", err)
	}
	j.trouble = err
	if j.next != nil {
		j.next.began = time.Now() // the store was not slow, it failed, which those who waited know
	}
	again := j.fail(b.records[done:])
	if len(again) == 0 || j.taken != nil {
		return
	}
	rest := j.next
	if rest == nil {
		rest = newBatch()
		j.next = rest
	}
	rest.records = append(again, rest.records...)
	for _, r := range again {
		if r.op == opOpen {
			r.entry.batch = rest
		}
	}
	poke(j.wake)
}

// fail undoes what somebody waits for and what was not stored, and returns the rest. It needs the lock.
func (j *Journal) fail(records []pending) (rest []pending) {
	for _, r := range records {
		switch {
		case !r.await:
			rest = append(rest, r)
		case r.op == opBegin:
			r.entry.beginning--
		case j.items[r.item.key()] == r.entry:
			delete(j.items, r.item.key()) // whoever sends it sends it again
		}
	}
	return rest
}

// abandon ends the writing: those who wait are told that it failed.
func (j *Journal) abandon() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.ended = true
	if j.next != nil {
		j.unwritten = len(j.fail(j.next.records))
		j.next.err = cmp.Or(j.taken, j.trouble, ErrClosed)
		close(j.next.done)
		j.next = nil
	}
}
