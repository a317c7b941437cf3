package journal

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
)

// Journal is the journal of one node. It is safe for concurrent use. Open opens it; Close it when done.
type Journal struct {
	store   services.Store // nil: nothing outlives the process
	shared  bool           // other nodes use the store, too
	node    string
	limits  limits
	keys    keys
	mark    mark
	log     *slog.Logger
	ctx     context.Context // of requests to the store; ends when Close gives up
	cancel  context.CancelFunc
	tasks   sync.WaitGroup // writer and folder
	wake    chan struct{}  // has an element when something waits for the writer
	foldNow chan struct{}  // has one when there is something to fold
	ending  chan struct{}  // closed with closed

	mu      sync.Mutex
	closed  bool
	ended   bool  // the writer is gone
	taken   error // ErrTaken with particulars, once another process has the journal
	trouble error // why the last write failed; nil if it did not
	items   map[string]*entry
	known   *known
	// forgotten are hashes of ids that are known no more, whose claims are to be removed.
	forgotten []uint64
	writing   *batch // that the writer has in hand
	next      *batch
	last      uint64 // order of the item that was accepted last
	damaged   int
	// unwritten counts the records that were left when the writer ended.
	unwritten int
	// first is the number of the first segment that is needed, and open counts the open items in it and in each
	// that follows.
	first uint64
	open  []int

	tail uint64 // number of the next segment; the writer's alone

	folding    sync.Mutex // guards what follows
	checkpoint checkpoint // as it is stored
	revision   uint64
}

// batch is what is written together.
type batch struct {
	records []pending
	bytes   int
	began   time.Time     // when it got its first record
	urgent  bool          // it has something that had better be written at once
	done    chan struct{} // closed when it is written, or when that failed
	err     error         // may be read once done is closed
}

// pending is a record on its way.
type pending struct {
	record
	entry *entry // of opOpen and opBegin
	await bool   // somebody waits and takes care if it fails; else it is tried again
}

func newBatch() *batch { return &batch{began: time.Now(), done: make(chan struct{})} }

// isDone reports whether nobody has to wait for a batch any more.
func (b *batch) isDone() bool {
	select {
	case <-b.done:
		return true
	default:
		return false
	}
}

func (b *batch) add(p pending) {
	b.records = append(b.records, p)
	b.bytes += recordSize(p.item)
}

// Note opens an item without waiting for the store.
func (j *Journal) Note(i Item) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.items[i.key()] == nil && !j.known.has(hashOf(i.key())) {
		j.insert(i, false)
	}
}

// insert adds an item that is new. It needs the lock. It returns the batch that the item is stored with, or nil if
// nothing is stored.
func (j *Journal) insert(i Item, await bool) *batch {
	i.Begun = false
	j.last++
	e := &entry{Item: i, order: j.last}
	j.items[i.key()] = e
	e.batch = j.enqueue(pending{record: record{op: opOpen, item: i, order: e.order}, entry: e, await: await})
	return e.batch
}

// drop takes an item out. It needs the lock.
func (j *Journal) drop(e *entry) {
	delete(j.items, e.key())
	if e.stored {
		j.open[e.segment-j.first]--
	}
}

// over returns ErrClosed once nothing is written any more. It needs the lock.
func (j *Journal) over() error {
	if j.ended {
		return ErrClosed
	}
	return nil
}

// Begin says that what cannot be taken back is about to happen for some items, and returns when that is stored. If it
// fails, it must not happen. Items that are not open, or that were begun before, are passed over.
func (j *Journal) Begin(ctx context.Context, c Class, ids ...string) error {
	j.mu.Lock()
	if err := cmp.Or(j.taken, j.over()); err != nil {
		j.mu.Unlock()
		return err
	}
	var b *batch
	for _, id := range ids {
		if e := j.items[key(c, id)]; e != nil && !e.Begun {
			b = j.enqueue(pending{record: record{op: opBegin, item: Item{Class: c, ID: id}}, entry: e, await: true})
			if e.Begun = b == nil; b != nil {
				e.beginning++
			}
		}
	}
	j.mu.Unlock()
	if b == nil {
		return nil
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Settle says that nothing more is to be done for some items. It does not wait for the store.
func (j *Journal) Settle(c Class, ids ...string) {
	now := time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, id := range ids {
		k := key(c, id)
		e := j.items[k]
		if e == nil {
			continue
		}
		j.drop(e)
		j.known.add(hashOf(k), now)
		j.enqueue(pending{record: record{op: opSettle, item: Item{Class: c, ID: id}}})
	}
	if j.store == nil {
		j.forget(now) // else the folder does
	}
}

// enqueue gives a record to the writer. It needs the lock. It returns nil if nothing is to be stored.
func (j *Journal) enqueue(p pending) *batch {
	if j.store == nil || j.taken != nil || j.ended {
		return nil
	}
	first := j.next == nil
	if first {
		j.next = newBatch()
	}
	j.next.add(p)
	urgent := p.op != opSettle
	j.next.urgent = j.next.urgent || urgent
	if first || urgent {
		poke(j.wake)
	}
	return j.next
}

func poke(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it is known already
	}
}

// usable reports why no more items can be accepted. It needs the lock.
func (j *Journal) usable(more int) error {
	switch {
	case j.closed:
		return ErrClosed
	case j.taken != nil:
		return j.taken
	case len(j.items)+more > j.limits.items, j.next != nil && j.next.bytes > j.limits.queued:
		return ErrFull
	}
	return j.late()
}

// Known reports whether an item is open or was settled.
func (j *Journal) Known(c Class, id string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	k := key(c, id)
	return j.items[k] != nil || j.known.has(hashOf(k))
}

// Items returns what is open, in the order of acceptance. Called before anything is accepted, that is what an earlier
// process has left.
func (j *Journal) Items() []Item {
	j.mu.Lock()
	defer j.mu.Unlock()
	open := make([]*entry, 0, len(j.items))
	for _, e := range j.items {
		open = append(open, e)
	}
	slices.SortFunc(open, func(a, b *entry) int { return cmp.Compare(a.order, b.order) })
	items := make([]Item, len(open))
	for n, e := range open {
		items[n] = e.Item
	}
	return items
}

// Err says what is wrong: ErrTaken, why the last write failed, or ErrSlow. It is nil if all is well.
func (j *Journal) Err() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.taken != nil {
		return j.taken
	}
	return cmp.Or(j.trouble, j.late())
}

// Lost reports whether another process has the journal.
func (j *Journal) Lost() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.taken != nil
}

// Damaged counts the stored values that could not be read when the journal was opened. The log names them.
func (j *Journal) Damaged() int { return j.damaged }

// Close writes what waits and ends the journal. When ctx ends before that, the rest is given up. The store remains the
// caller's to close.
func (j *Journal) Close(ctx context.Context) error {
	j.mu.Lock()
	if !j.closed {
		j.closed = true
		close(j.ending)
	}
	j.mu.Unlock()
	done := make(chan struct{})
	go func() { // ends with the writer and the folder, below
		defer close(done)
		j.tasks.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		j.cancel()
		<-done
	}
	j.cancel()
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.unwritten > 0 {
		return fmt.Errorf("journal: %d records were not written: %w", j.unwritten, cmp.Or(j.taken, j.trouble, context.Cause(ctx), ErrClosed))
	}
	return nil
}
