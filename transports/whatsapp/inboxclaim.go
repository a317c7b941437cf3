package whatsapp

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
)

// Several bots on one store may get the same message, when Meta repeats a webhook and a load balancer gives the repeat to
// another. Each has a journal of its own, so they settle through the store who answers: a message is claimed after
// the journal has it, so that none is claimed and lost, and before anything is done for it.

const (
	// claimWait is how long a webhook waits for its claims. What is not known by then is found out behind it.
	claimWait = 5 * time.Second
	// claimsAtOnce is how many messages are claimed at the same time.
	claimsAtOnce = 16
)

// fate says who answers a message.
type fate uint8

const (
	ours    fate = iota
	theirs       // another bot on the store
	unknown      // the store has not said
)

// claimNew finds out who answers the new ones of some messages that the journal has.
func (b *Bot) claimNew(j *journal.Journal, offers []*offer, isNew []bool) {
	if !j.Shared() {
		return
	}
	var fresh []*offer
	for n, is := range isNew {
		if is {
			offers[n].fate = unknown
			fresh = append(fresh, offers[n])
		}
	}
	ctx, cancel := context.WithTimeout(b.ctx, claimWait)
	defer cancel()
	_ = b.claimAll(ctx, j, fresh) // what is unknown is asked for again
}

// claimAll finds out who answers some messages, as far as it is unknown. When the store fails again and again, it gives up.
func (b *Bot) claimAll(ctx context.Context, j *journal.Journal, offers []*offer) (err error) {
	var wg sync.WaitGroup
	var next, failures atomic.Int64
	var last atomic.Pointer[error]
	for range min(claimsAtOnce, len(offers)) {
		wg.Go(func() { // ends when all were asked for, or too many could not be
			for failures.Load() < claimsAtOnce {
				n := int(next.Add(1)) - 1
				if n >= len(offers) {
					return
				}
				o := offers[n]
				if o.fate != unknown {
					continue
				}
				switch mine, err := j.Claim(ctx, journal.Message, o.id); {
				case err != nil:
					failures.Add(1)
					last.Store(&err)
				case mine:
					o.fate = ours
				default:
					o.fate = theirs
				}
			}
		})
	}
	wg.Wait()
	if why := last.Load(); why != nil {
		return *why
	}
	return nil
}

// leave settles a message that another bot answers.
func (b *Bot) leave(j *journal.Journal, o *offer) {
	b.stats.elsewhere.Add(1)
	b.log.Debug("a message is answered by another bot on the store", "message", shortID(o.id))
	j.Settle(journal.Message, o.id)
}
