package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// wishesKey is where the journal's store keeps the calls that wait for a permission, of all bots that share it.
	wishesKey = "whatsapp-wishes"
	// maxStoredWishes bounds them, so that they remain one small value; further ones are in memory alone.
	maxStoredWishes = 1024
	// wishTimeout bounds what a change may wait for the store.
	wishTimeout = 10 * time.Second
)

// wishRecord is the stored form of a wish.
type wishRecord struct {
	Node    string    `json:"node"`   // that asked
	Number  string    `json:"number"` // id of the phone number that calls
	Name    string    `json:"name"`   // that stands for the user
	Phone   string    `json:"phone,omitempty"`
	WaID    string    `json:"wa_id,omitempty"`
	UserID  string    `json:"user_id,omitempty"`
	Opaque  string    `json:"opaque,omitempty"`
	Request string    `json:"request,omitempty"` // the id of the question
	Expires time.Time `json:"expires"`
	// Granted says that the user permits the call, which whoever starts next is to place.
	Granted bool `json:"granted,omitempty"`
}

func (b *Bot) wishRecord(w wish) wishRecord {
	return wishRecord{
		Node: b.cfg.Node, Number: w.line.graph.PhoneNumberID(),
		Name:  strings.TrimPrefix(wishKey(w.line, w.user), w.line.users.prefix),
		Phone: w.user.Phone, WaID: w.user.WaID, UserID: w.user.UserID, Opaque: w.options.opaque, Request: w.request,
		Expires: w.expires.UTC().Round(0),
	}
}

func (r wishRecord) user() webhook.User {
	return webhook.User{Phone: r.Phone, WaID: r.WaID, UserID: r.UserID}
}

// is reports whether a record is about a user with one of these names, or about a question.
func (r wishRecord) is(number string, names []string, request string) bool {
	return r.Number == number && (request != "" && r.Request == request || slices.ContainsFunc(names, func(n string) bool {
		return n == r.Name || slices.Contains(r.user().Keys(), n)
	}))
}

// wishStore keeps the wishes over restarts. Without a store it keeps nothing. It is safe for concurrent use.
type wishStore struct {
	store services.Store
	mu    sync.Mutex // one change of this bot at a time
}

// load returns the wishes that have not expired. A value that cannot be read is told as an error with no wishes.
func (s *wishStore) load(ctx context.Context, now time.Time) (all []wishRecord, revision uint64, err error) {
	value, revision, err := s.store.Get(ctx, wishesKey)
	if errors.Is(err, services.ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, err
	}
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, revision, fmt.Errorf("%w: the value of %q: %w", errDamagedWishes, wishesKey, err)
	}
	return slices.DeleteFunc(all, func(r wishRecord) bool { return !now.Before(r.Expires) }), revision, nil
}

// change stores what f makes of the wishes, unless f fails. It is tried again when another bot was faster.
func (s *wishStore) change(ctx context.Context, f func([]wishRecord) ([]wishRecord, error)) error {
	if s.store == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, wishTimeout)
	defer cancel()
	for {
		all, revision, err := s.load(ctx, time.Now())
		if err != nil && !errors.Is(err, errDamagedWishes) { // which was told at the start, and is written over
			return err
		}
		if all, err = f(all); err != nil {
			return err
		}
		value, err := json.Marshal(all)
		if err != nil {
			return err
		}
		if _, err = s.store.Put(ctx, wishesKey, value, revision); !errors.Is(err, services.ErrConflict) {
			return err
		}
	}
}

// put stores a wish, in the place of an older one for the same user.
func (s *wishStore) put(ctx context.Context, r wishRecord) error {
	return s.change(ctx, func(all []wishRecord) ([]wishRecord, error) {
		all = slices.DeleteFunc(all, func(old wishRecord) bool { return old.is(r.Number, []string{r.Name}, "") })
		if len(all) >= maxStoredWishes {
			return nil, errManyWishes
		}
		return append(all, r), nil
	})
}

// asked stores the id of the question, if the wish is still there.
func (s *wishStore) asked(ctx context.Context, r wishRecord) error {
	return s.change(ctx, func(all []wishRecord) ([]wishRecord, error) {
		i := slices.IndexFunc(all, func(old wishRecord) bool { return old.is(r.Number, []string{r.Name}, "") })
		if i < 0 {
			return nil, errNoWish
		}
		all[i].Request = r.Request
		return all, nil
	})
}

// take removes a wish and returns it. It fails with errNoWish if there is none, such as because another bot was faster.
func (s *wishStore) take(ctx context.Context, match func(wishRecord) bool) (taken wishRecord, err error) {
	err = s.change(ctx, func(all []wishRecord) ([]wishRecord, error) {
		i := slices.IndexFunc(all, match)
		if i < 0 {
			return nil, errNoWish
		}
		taken = all[i]
		return slices.Delete(all, i, i+1), nil
	})
	return taken, err
}
