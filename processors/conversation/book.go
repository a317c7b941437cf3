package conversation

import (
	"context"
	"fmt"
	"sync"
	"weak"

	"github.com/parley-voice/parley/services"
)

// DefaultLimit is how many messages a conversation keeps; older ones are forgotten.
const DefaultLimit = 200

// Book hands out conversations by key. Everybody who opens the same key gets the same Conversation for as long as
// anybody holds it. It is safe for concurrent use.
type Book struct {
	store services.Store
	limit int

	mu   sync.Mutex
	open map[string]weak.Pointer[Conversation] // so that a million idle users cost no memory
}

// BookOption configures a Book.
type BookOption func(*Book)

// WithLimit sets how many messages a conversation keeps; 0 keeps all.
func WithLimit(messages int) BookOption { return func(b *Book) { b.limit = messages } }

// NewBook returns a Book over a store. The store remains the caller's to close.
func NewBook(store services.Store, opts ...BookOption) *Book {
	b := &Book{store: store, limit: DefaultLimit, open: make(map[string]weak.Pointer[Conversation])}
	for _, o := range opts {
		o(b)
	}
	return b
}

// Store is where the conversations are kept, for what else a bot has to remember beside them.
func (b *Book) Store() services.Store { return b.store }

// Open returns the conversation of a key, read from the store if nobody holds it. A stored conversation that cannot
// be read is an error: it is not overwritten.
func (b *Book) Open(ctx context.Context, key string) (*Conversation, error) {
	b.mu.Lock()
	c := b.open[key].Value()
	if c != nil {
		b.mu.Unlock()
		c.mu.Lock() // whoever is loading it is done when we get the lock
		defer c.mu.Unlock()
		if c.key == "" {
			return nil, fmt.Errorf("conversation: that of %s could not be read; try again", shortKey(key))
		}
		return c, nil
	}
	c = &Conversation{store: b.store, limit: b.limit}
	c.mu.Lock()
	defer c.mu.Unlock()
	b.open[key] = weak.Make(c)
	b.sweep()
	b.mu.Unlock()

	c.key = key
	if err := c.load(ctx); err != nil {
		c.key = ""
		b.mu.Lock()
		delete(b.open, key)
		b.mu.Unlock()
		return nil, fmt.Errorf("conversation: open: %w", err)
	}
	return c, nil
}

// sweep forgets conversations that nobody holds, a few at a time.
func (b *Book) sweep() {
	looked := 0
	for key, p := range b.open {
		if looked++; looked > 8 {
			return
		}
		if p.Value() == nil {
			delete(b.open, key)
		}
	}
}
