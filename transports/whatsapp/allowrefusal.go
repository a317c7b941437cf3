package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/parley-voice/parley/services"
)

const (
	// refusalSlots is how many refusals the store keeps at most. Two users of one slot drive each other out; the worst of
	// it is one refusal more after a restart.
	refusalSlots = 4096
	// refusalLimit bounds what a refusal waits for the store.
	refusalLimit = 5 * time.Second
)

// refusal is, in the store, that a user was told not to be allowed, so that a restart does not repeat it within
// Config.RefusalPeriod.
type refusal struct {
	User    string    `json:"user"`
	Message string    `json:"message"` // to which this was the answer
	At      time.Time `json:"at"`
}

// refusalKey is where the store keeps a user's. No conversation has such a key.
func refusalKey(user string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(user))
	return fmt.Sprintf("whatsapp-refusal-%d", h.Sum32()%refusalSlots)
}

// isTold reports whether the user of a message was told not to be allowed, lately and in answer to another message; if
// not, it notes that this happens now. A store that does not work does not keep the user from being told.
func (b *Bot) isTold(ctx context.Context, m *Message) bool {
	ctx, cancel := context.WithTimeout(ctx, refusalLimit)
	defer cancel()
	now := refusal{User: m.line.users.id(m.event.User), Message: m.event.ID, At: time.Now().UTC()}
	key, store := refusalKey(now.User), b.book.Store()
	for {
		var old refusal
		value, revision, err := store.Get(ctx, key)
		switch {
		case errors.Is(err, services.ErrNotFound):
			revision = 0
		case err != nil:
			m.log.Warn("it cannot be read whether a user was told not to be allowed", "err", err)
			return false
		default:
			if err := json.Unmarshal(value, &old); err != nil {
				m.log.Warn("what is stored of a refusal is damaged and is replaced", "key", key, "err", err)
			}
		}
		if age := now.At.Sub(old.At); old.User == now.User && old.Message != now.Message && age >= 0 && age < b.cfg.RefusalPeriod {
			return true
		}
		if value, err = json.Marshal(now); err == nil {
			_, err = store.Put(ctx, key, value, revision)
		}
		if errors.Is(err, services.ErrConflict) {
			continue // a user of the same slot, or another bot
		}
		if err != nil {
			m.log.Warn("it cannot be stored that a user was told not to be allowed", "err", err)
		}
		return false
	}
}
