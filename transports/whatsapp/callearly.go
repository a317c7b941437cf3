package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	earlyFor       = 30 * time.Second // how long an early event is kept
	maxEarlyCalls  = 64               // calls of which some are kept
	maxEarlyEvents = 8                // events of one call; there are five kinds
)

// earlyCalls keeps the events of calls that are not known: nothing orders Meta's webhooks and its answer to the request that
// places a call, so they may come before the bot knows the call's id. The owner keeps something only while it places
// calls. Its zero value is ready for use.
type earlyCalls struct {
	calls map[string]*earlyCall // by id
	open  int                   // calls that are being placed; 0 keeps nothing
	more  chan struct{}         // closed when something was kept; nil if nobody waits
}

type earlyCall struct {
	at     time.Time
	user   webhook.User
	events []webhook.Event
}

// keep keeps an event and reports whether it did.
func (b *earlyCalls) keep(id string, e webhook.Event, now time.Time) bool {
	if b.open == 0 {
		return false
	}
	for other, c := range b.calls {
		if now.Sub(c.at) > earlyFor {
			delete(b.calls, other)
		}
	}
	c := b.calls[id]
	if c == nil {
		if len(b.calls) >= maxEarlyCalls {
			return false
		}
		if b.calls == nil {
			b.calls = make(map[string]*earlyCall)
		}
		c = &earlyCall{at: now}
		b.calls[id] = c
	}
	if len(c.events) >= maxEarlyEvents {
		return false
	}
	switch e := e.(type) {
	case *webhook.Connect:
		c.user = e.User
	case *webhook.Status:
		c.user = e.User
	case *webhook.Terminate:
		c.user = e.User
	}
	c.events = append(c.events, e)
	if b.more != nil {
		close(b.more)
		b.more = nil
	}
	return true
}

// take returns what was kept of a call, in the order in which it came, and forgets it.
func (b *earlyCalls) take(id string) []webhook.Event {
	c := b.calls[id]
	if c == nil {
		return nil
	}
	delete(b.calls, id)
	return c.events
}

// find returns the id of a call to a user that came since the given time.
func (b *earlyCalls) find(user webhook.User, since time.Time) (id string, ok bool) {
	for id, c := range b.calls {
		if !c.at.Before(since) && sameUser(c.user, user) {
			return id, true
		}
	}
	return "", false
}

// next returns a channel that is closed when something was kept.
func (b *earlyCalls) next() <-chan struct{} {
	if b.more == nil {
		b.more = make(chan struct{})
	}
	return b.more
}

// done ends the placing of a call; with the last one everything that is kept is forgotten.
func (b *earlyCalls) done() {
	if b.open--; b.open == 0 {
		b.calls = nil
	}
}

// sameUser reports whether two descriptions of users have a name in common.
func sameUser(a, b webhook.User) bool {
	for _, x := range a.Keys() {
		for _, y := range b.Keys() {
			if x == y {
				return true
			}
		}
	}
	return false
}
