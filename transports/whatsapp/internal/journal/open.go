package journal

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/parley-voice/parley/services"
)

const (
	// gap is how many missing segments in a row end a replay.
	gap = 8
	// races is how often Open begins again because another process wrote at the same time.
	races = 100
)

var nodeName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// CheckNode returns ErrNode if a node cannot have that name: up to 64 letters, digits, dots, dashes and underscores.
func CheckNode(node string) error {
	if !nodeName.MatchString(node) {
		return fmt.Errorf("%w: %q; take up to 64 letters, digits, dots, dashes and underscores", ErrNode, node)
	}
	return nil
}

// Open reads the journal of a node and takes it over: a process that has it open can write nothing any more. Without a
// store, which is nil, there is a journal that nothing outlives. Stored values that are damaged are named in the log,
// with what is lost, and passed over. The store remains the caller's.
func Open(ctx context.Context, store services.Store, node string, log *slog.Logger) (*Journal, error) {
	return open(ctx, store, node, log, usualLimits())
}

func open(ctx context.Context, store services.Store, node string, log *slog.Logger, l limits) (*Journal, error) {
	j := &Journal{
		store: store, shared: services.Shares(store), node: node, limits: l, log: log, items: make(map[string]*entry), known: newKnown(l),
		wake: make(chan struct{}, 1), foldNow: make(chan struct{}, 1), ending: make(chan struct{}),
	}
	j.ctx, j.cancel = context.WithCancel(context.Background())
	if store == nil {
		return j, nil
	}
	if err := CheckNode(node); err != nil {
		j.cancel()
		return nil, err
	}
	j.keys.base = "journal/" + node
	_, _ = rand.Read(j.mark[:]) // never fails
	if err := j.load(ctx); err != nil {
		j.cancel()
		return nil, fmt.Errorf("journal: open %s: %w", j.keys.base, err)
	}
	j.tasks.Go(j.write)
	j.tasks.Go(j.fold)
	if len(j.open) >= l.fold {
		poke(j.foldNow)
	}
	return j, nil
}

// owner is the process's mark, as a checkpoint holds it.
func (j *Journal) owner() string { return hex.EncodeToString(j.mark[:]) }

// load takes the checkpoint over and reads what is stored.
func (j *Journal) load(ctx context.Context) error {
	if err := j.takeOver(ctx); err != nil {
		return err
	}
	c := j.checkpoint
	j.known.first = c.KnownFirst
	for n := c.KnownFirst; n < c.KnownEnd; n++ {
		if err := j.readBlock(ctx, n); err != nil {
			return err
		}
	}
	if err := j.seal(ctx); err != nil {
		return err
	}
	j.forget(time.Now())
	j.first, j.tail = c.First, c.First
	if err := j.replay(ctx); err != nil {
		return err
	}
	if err := j.sweep(); err != nil {
		j.log.Warn("old parts of the journal could not be deleted; that is tried again later", "err", err)
	}
	return nil
}

// takeOver writes the checkpoint as this process's. From then on no other can delete anything.
func (j *Journal) takeOver(ctx context.Context) error {
	for range races {
		c := checkpoint{Epoch: hex.EncodeToString(j.mark[:4])}
		value, revision, err := j.get(ctx, j.keys.checkpoint())
		switch {
		case errors.Is(err, services.ErrNotFound):
		case err != nil:
			return err
		default:
			if stored, err := readCheckpoint(value); err != nil {
				j.lost(j.keys.checkpoint(), "which messages were open, and which were answered", err)
			} else {
				c = stored
			}
		}
		c.Owner = j.owner()
		put, cancel := context.WithTimeout(ctx, storeTimeout)
		revision, err = j.store.Put(put, j.keys.checkpoint(), c.encode(), revision)
		cancel()
		if errors.Is(err, services.ErrConflict) {
			continue
		}
		j.checkpoint, j.revision, j.keys.epoch = c, revision, c.Epoch
		return err
	}
	return ErrTaken
}

// replay reads the segments, and puts an empty one behind the last: whoever had the journal before cannot write.
func (j *Journal) replay(ctx context.Context) error {
	for range races {
		if err := j.scan(ctx); err != nil {
			return err
		}
		put, cancel := context.WithTimeout(ctx, storeTimeout)
		_, err := j.store.Put(put, j.keys.segment(j.tail), segmentHeader(j.mark), 0)
		cancel()
		if errors.Is(err, services.ErrConflict) {
			continue
		}
		if err == nil {
			j.open = append(j.open, 0)
			j.tail++
		}
		return err
	}
	return ErrTaken
}

// scan reads segments until there is none. Another process may write one more meanwhile; then it sees that it has lost
// the journal.
func (j *Journal) scan(ctx context.Context) error {
	for missing := uint64(0); missing < gap; {
		name := j.keys.segment(j.tail + missing)
		value, _, err := j.get(ctx, name)
		if errors.Is(err, services.ErrNotFound) {
			missing++
			continue
		}
		if err != nil {
			return err
		}
		for ; missing > 0; missing-- { // one after a gap
			j.lost(j.keys.segment(j.tail), "what was in it", services.ErrNotFound)
			j.open = append(j.open, 0)
			j.tail++
		}
		_, records, err := readSegment(value)
		if err != nil {
			j.lost(name, "what was in its damaged part", err)
		}
		j.open = append(j.open, 0)
		for _, r := range records {
			j.apply(r)
		}
		j.tail++
	}
	return nil
}

// apply repeats what a record of the segment at the tail says.
func (j *Journal) apply(r record) {
	k := r.item.key()
	e := j.items[k]
	switch r.op {
	case opOpen:
		order := cmp.Or(r.order, j.last+1)
		j.last = max(j.last, order)
		if j.known.has(hashOf(k)) {
			return
		}
		if e == nil {
			e = &entry{Item: r.item, stored: true}
			j.items[k] = e
		} else {
			e.Begun = e.Begun || r.item.Begun
			j.open[e.segment-j.first]--
		}
		e.order = order
		e.segment = j.tail
		j.open[e.segment-j.first]++
	case opBegin:
		if e != nil {
			e.Begun = true
		}
	case opRevoke:
		if e != nil {
			e.Begun = false
		}
	case opSettle:
		if e != nil {
			delete(j.items, k)
			j.open[e.segment-j.first]--
		}
		j.known.add(hashOf(k), time.Now())
	}
}

func (j *Journal) readBlock(ctx context.Context, n uint64) error {
	value, revision, err := j.get(ctx, j.keys.block(n))
	if err != nil && !errors.Is(err, services.ErrNotFound) {
		return err
	}
	var b *block
	if err == nil {
		b, err = readBlock(value)
	}
	if err != nil {
		j.lost(j.keys.block(n), "the ids of messages that were answered", err)
	}
	if b == nil {
		b = &block{}
	}
	b.revision = revision
	j.known.put(b)
	return nil
}

// seal writes the last block again. Whoever had the journal before may still want to add to it, and then cannot.
func (j *Journal) seal(ctx context.Context) error {
	for range races {
		n := len(j.known.blocks)
		if n == 0 {
			return nil
		}
		last := j.known.blocks[n-1]
		put, cancel := context.WithTimeout(ctx, storeTimeout)
		revision, err := j.store.Put(put, j.keys.block(j.known.end()-1), last.encode(), last.revision)
		cancel()
		if !errors.Is(err, services.ErrConflict) {
			last.revision = revision
			return err
		}
		j.known.blocks = j.known.blocks[:n-1]
		if err := j.readBlock(ctx, j.known.end()); err != nil {
			return err
		}
	}
	return ErrTaken
}

func (j *Journal) get(ctx context.Context, key string) ([]byte, uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return j.store.Get(ctx, key)
}

// lost reports a stored value that is damaged.
func (j *Journal) lost(key, what string, err error) {
	j.damaged++
	j.log.Error("a part of the journal cannot be read, and the bot goes on without it", "key", key, "lost", what, "err", err)
}
