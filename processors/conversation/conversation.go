package conversation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/services"
)

// storeTimeout bounds one write to the store.
const storeTimeout = 5 * time.Second

// Snapshot is a conversation as it was at one moment. It never changes.
type Snapshot struct {
	// Version grows by one with each change.
	Version uint64
	// Messages are in the order in which they were said. They must not be changed.
	Messages []services.Message
}

// Conversation is what was said between one user and the agent. It is safe for concurrent use: a call and a
// text of one user may have the same Conversation in hand.
type Conversation struct {
	key   string
	store services.Store // nil keeps it in memory only
	limit int

	mu       sync.Mutex // held while writing to the store, so that writes keep their order
	snapshot Snapshot
	revision uint64        // of the stored value
	changed  chan struct{} // closed with the next change; nil if nobody watches
}

// New returns an empty conversation that is kept in memory only.
func New() *Conversation { return &Conversation{limit: DefaultLimit} }

// record is the stored form.
type record struct {
	Version  uint64             `json:"version"`
	Messages []services.Message `json:"messages"`
}

// Key is the key under which the conversation is stored; "" if it is not.
func (c *Conversation) Key() string { return c.key }

// Snapshot returns the conversation as it is now.
func (c *Conversation) Snapshot() Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snapshot
}

// Watch returns the conversation as it is now, and a channel that is closed when it changes.
func (c *Conversation) Watch() (Snapshot, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed == nil {
		c.changed = make(chan struct{})
	}
	return c.snapshot, c.changed
}

// Append adds messages and returns the conversation with them. It is stored when Append returns, even if ctx
// has ended: what the user said is never lost. If the store fails, the error says so and the messages are kept in
// memory and written with the next change.
func (c *Conversation) Append(ctx context.Context, messages ...services.Message) (Snapshot, error) {
	return c.change(ctx, func(old []services.Message) []services.Message {
		all := make([]services.Message, 0, len(old)+len(messages))
		all = append(append(all, old...), messages...)
		if extra := len(all) - c.limit; c.limit > 0 && extra > 0 {
			all = all[extra:]
			// What is left begins with the user: models take an answer without its question badly.
			if i := slices.IndexFunc(all, func(m services.Message) bool { return m.Role == services.User }); i > 0 {
				all = all[i:]
			}
		}
		return all
	})
}

// Reset forgets all messages.
func (c *Conversation) Reset(ctx context.Context) error {
	_, err := c.change(ctx, func([]services.Message) []services.Message { return nil })
	return err
}

func (c *Conversation) change(ctx context.Context, f func([]services.Message) []services.Message) (Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changed != nil {
		defer close(c.changed)
		c.changed = nil
	}
	c.snapshot = Snapshot{Version: c.snapshot.Version + 1, Messages: f(c.snapshot.Messages)}
	if c.store == nil {
		return c.snapshot, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := c.save(ctx, f); err != nil {
		return c.snapshot, fmt.Errorf("conversation: the last change is kept in memory only: %w", err)
	}
	return c.snapshot, nil
}

// save writes the snapshot. If another node has written meanwhile, the change is made anew on what that node wrote.
func (c *Conversation) save(ctx context.Context, f func([]services.Message) []services.Message) error {
	for {
		value, err := json.Marshal(record(c.snapshot))
		if err != nil {
			return err
		}
		revision, err := c.store.Put(ctx, c.key, value, c.revision)
		if err == nil {
			c.revision = revision
			return nil
		}
		if !errors.Is(err, services.ErrConflict) {
			return err
		}
		if err := c.load(ctx); err != nil {
			return err
		}
		c.snapshot = Snapshot{Version: c.snapshot.Version + 1, Messages: f(c.snapshot.Messages)}
	}
}

// load replaces the snapshot by what is stored.
func (c *Conversation) load(ctx context.Context) error {
	value, revision, err := c.store.Get(ctx, c.key)
	if errors.Is(err, services.ErrNotFound) {
		c.snapshot, c.revision = Snapshot{}, 0
		return nil
	}
	if err != nil {
		return err
	}
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return fmt.Errorf("the stored conversation of %s is damaged: %w", shortKey(c.key), err)
	}
	c.snapshot, c.revision = Snapshot(r), revision
	return nil
}
