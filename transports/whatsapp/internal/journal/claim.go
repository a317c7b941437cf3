package journal

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
)

const (
	// claimTries is how often a claim that changes while it is looked at is looked at again.
	claimTries = 10
	// forgetAtOnce is how many claims are removed at most when the journal is folded: as many as a block has ids.
	forgetAtOnce = 8192
)

// errUnsettledClaim means that a claim was there and gone, again and again.
var errUnsettledClaim = errors.New("journal: a claim comes and goes")

// Shared reports whether other nodes use the same store, so that items must be claimed.
func (j *Journal) Shared() bool { return j.shared }

// Claim asks for the right to do what an open item is about, among all nodes on the store: one node gets it, at its
// first request and at every further one, also after a restart, until it has forgotten the item. The others get false, and
// settle theirs. With an error it is not known who has it; ask again, until it is, for it may be this node.
//
// On a store that is not shared nobody else asks, so it costs nothing there.
func (j *Journal) Claim(ctx context.Context, c Class, id string) (mine bool, err error) {
	if !j.shared {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	name := claimKey(hashOf(key(c, id)))
	var revision uint64
	for range claimTries {
		_, err := j.store.Put(ctx, name, []byte(j.node), revision)
		if err == nil {
			return true, nil
		}
		if !errors.Is(err, services.ErrConflict) {
			return false, fmt.Errorf("journal: claim an item: %w", err)
		}
		owner, there, err := j.store.Get(ctx, name)
		switch {
		case errors.Is(err, services.ErrNotFound):
			revision = 0
		case err != nil:
			return false, fmt.Errorf("journal: look up a claim: %w", err)
		case nodeName.Match(owner):
			return string(owner) == j.node, nil
		default:
			j.log.Error("a claim is damaged and is replaced", "key", name)
			revision = there
		}
	}
	return false, errUnsettledClaim
}

// claimKey is where the store keeps who does what an item is about. No journal and no conversation has such a key.
func claimKey(hash uint64) string { return "journal-claim/" + strconv.FormatUint(hash, 16) }

// forget gives up ids whose time is over. It needs the lock. Their claims are removed later, unless those are more than
// it ever remembers at once: one that stays does no harm, since Meta brings nothing so old.
func (j *Journal) forget(now time.Time) {
	old := j.known.expire(now)
	if !j.shared {
		return
	}
	for _, b := range old {
		room := max(0, j.limits.blocks*j.limits.blockIDs-len(j.forgotten))
		j.forgotten = append(j.forgotten, b.hashes[:min(room, len(b.hashes))]...)
	}
}

// unclaim removes this node's claims of some of the ids that were forgotten. What cannot be removed now is tried again
// with the next fold.
func (j *Journal) unclaim() {
	j.mu.Lock()
	some := j.forgotten[:min(forgetAtOnce, len(j.forgotten))]
	j.forgotten = append([]uint64(nil), j.forgotten[len(some):]...)
	j.mu.Unlock()
	var left sync.Mutex // guards what follows
	var kept []uint64
	var failed error
	var wg sync.WaitGroup
	for w := range min(deleters, len(some)) {
		wg.Go(func() { // ends with its share of the claims
			for n := w; n < len(some); n += deleters {
				if err := j.removeClaim(some[n]); err != nil {
					left.Lock()
					defer left.Unlock()
					for ; n < len(some); n += deleters {
						kept = append(kept, some[n])
					}
					failed = err
				}
			}
		})
	}
	wg.Wait()
	if failed == nil || j.ctx.Err() != nil {
		return
	}
	j.log.Warn("claims of old messages could not be removed; that is tried again later", "claims", len(kept), "err", failed)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.forgotten = append(j.forgotten, kept...)
}

// removeClaim removes a claim if it is this node's: another may still need its own.
func (j *Journal) removeClaim(hash uint64) error {
	ctx, cancel := context.WithTimeout(j.ctx, storeTimeout)
	defer cancel()
	owner, _, err := j.store.Get(ctx, claimKey(hash))
	switch {
	case errors.Is(err, services.ErrNotFound) || err == nil && string(owner) != j.node:
		return nil
	case err != nil:
		return err
	}
	return j.store.Delete(ctx, claimKey(hash))
}
