package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// recipientKey is where the store keeps the heartbeat's recipient. Conversations have keys of digits or ids, so they
// never meet.
const recipientKey = "whatsapp-heartbeat"

// recipient is who gets the heartbeats, as far as it is known: in memory at once, in the store a little later. It is
// safe for concurrent use; sync is for one goroutine.
type recipient struct {
	store services.Store
	named string // by the configuration, as webhook.User.Keys tells it; "" leaves it to the first who writes

	mu      sync.Mutex
	known   recipientRecord
	stored  recipientRecord // what the store holds, as far as known
	loaded  bool            // the store was read
	early   []early
	refused time.Time     // when Meta said that the 24 hours are over
	changed chan struct{} // has an element when something is to be stored soon
}

// recipientRecord is the stored form.
type recipientRecord struct {
	Phone  string `json:"phone,omitempty"`
	WaID   string `json:"wa_id,omitempty"`
	UserID string `json:"user_id,omitempty"`
	Number string `json:"number,omitempty"` // id of the business phone number; "" is the first
	// Heard is when the recipient wrote or called last, Beat when the last heartbeat was given.
	Heard time.Time `json:"heard,omitzero"`
	Beat  time.Time `json:"beat,omitzero"`
}

// early is news that came before the store was read.
type early struct {
	news  recipientRecord
	wrote bool
}

func newRecipient(store services.Store, named string) *recipient {
	return &recipient{store: store, named: allowKey(named), changed: make(chan struct{}, 1)}
}

func (r recipientRecord) keys() []string {
	return webhook.User{Phone: r.Phone, WaID: r.WaID, UserID: r.UserID}.Keys()
}

// is reports whether two records are of the same user.
func (r recipientRecord) is(other recipientRecord) bool {
	return slices.ContainsFunc(r.keys(), func(k string) bool { return slices.Contains(other.keys(), k) })
}

// with adds what another record knows of the same user. Where they differ, the other is newer.
func (r recipientRecord) with(other recipientRecord) recipientRecord {
	for _, m := range []struct {
		to   *string
		from string
	}{{&r.Phone, other.Phone}, {&r.WaID, other.WaID}, {&r.UserID, other.UserID}} {
		if m.from != "" {
			*m.to = m.from
		}
	}
	if other.Heard.After(r.Heard) {
		r.Heard, r.Number = other.Heard, other.Number
	}
	if other.Beat.After(r.Beat) {
		r.Beat = other.Beat
	}
	return r
}

// current returns who the recipient is, and when heard of last.
func (r *recipient) current() (to contact, heard time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := r.known
	if !k.Heard.After(r.refused) {
		k.Heard = time.Time{}
	}
	return contact{User: webhook.User{Phone: k.Phone, WaID: k.WaID, UserID: k.UserID}, Number: k.Number}, k.Heard
}

// refuse takes Meta's word that the 24 hours are over.
func (r *recipient) refuse(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = now
}

// maxEarly bounds how many users are remembered who came before the store was read.
const maxEarly = 64

// hear takes the news that a user wrote or called.
func (r *recipient) hear(from contact, wrote bool, now time.Time) {
	u := from.User
	news := recipientRecord{Phone: u.Phone, WaID: u.WaID, UserID: u.UserID, Number: from.Number, Heard: now.UTC().Round(0)}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.loaded {
		if len(r.early) < maxEarly {
			r.early = append(r.early, early{news, wrote})
		}
		return
	}
	r.take(news, wrote)
}

// take notes news of a user, if that is the recipient or becomes it. It needs the lock.
func (r *recipient) take(news recipientRecord, wrote bool) {
	switch {
	case r.known.is(news):
	case r.named != "" && slices.Contains(news.keys(), r.named):
	case r.named == "" && len(r.known.keys()) == 0 && wrote:
	default:
		return
	}
	before := r.known
	r.known = r.known.with(news)
	if !slices.Equal(before.keys(), r.known.keys()) || r.known.Heard.Sub(r.stored.Heard) >= contactPeriod {
		select {
		case r.changed <- struct{}{}:
		default: // it is known already
		}
	}
}

// sync reads what is stored, adds what is known here, and stores the sum if it is news. With claim, it also notes that
// a beat is given now, and reports false if somebody else did so in this period.
func (r *recipient) sync(ctx context.Context, claim bool, period time.Duration) (bool, error) {
	for {
		old, revision, err := r.load(ctx)
		if err != nil {
			return false, err
		}
		r.mu.Lock()
		r.merge(old)
		if now := time.Now().UTC().Round(0); claim {
			// Two bots do not tick at the very same time, nor do their clocks agree wholly.
			if since := now.Sub(r.known.Beat); since > -period && since < period*9/10 {
				r.mu.Unlock()
				return false, nil
			}
			r.known.Beat = now
		}
		next := r.known
		r.mu.Unlock()
		if next == old || len(next.keys()) == 0 {
			return true, nil
		}
		value, err := json.Marshal(next)
		if err != nil {
			return false, err
		}
		if _, err = r.store.Put(ctx, recipientKey, value, revision); err == nil {
			r.mu.Lock()
			r.stored = next
			r.mu.Unlock()
			return true, nil
		}
		if claim {
			r.mu.Lock()
			r.known.Beat = old.Beat // not ours
			r.mu.Unlock()
		}
		if !errors.Is(err, services.ErrConflict) {
			return false, err
		}
	}
}

// merge adds what is stored. Whoever is stored was first, unless the configuration names somebody else. It needs the
// lock.
func (r *recipient) merge(old recipientRecord) {
	r.stored = old
	switch {
	case len(old.keys()) == 0:
	case r.known.is(old):
		r.known = old.with(r.known)
	case r.named == "" || slices.Contains(old.keys(), r.named):
		r.known = old
	}
	if r.loaded {
		return
	}
	r.loaded = true
	for _, e := range r.early {
		r.take(e.news, e.wrote)
	}
	r.early = nil
}

// load reads what is stored; nothing is stored as long as nobody wrote.
func (r *recipient) load(ctx context.Context) (old recipientRecord, revision uint64, err error) {
	value, revision, err := r.store.Get(ctx, recipientKey)
	if errors.Is(err, services.ErrNotFound) {
		return old, 0, nil
	}
	if err != nil {
		return old, 0, err
	}
	if err := json.Unmarshal(value, &old); err != nil {
		return old, 0, fmt.Errorf("the value of %q is damaged; delete it: %w", recipientKey, err)
	}
	return old, revision, nil
}
