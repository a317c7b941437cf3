package memory

import (
	"bytes"
	"context"
	"errors"
	"sync"

	"github.com/parley-voice/parley/services"
)

// ErrClosed is returned by every method after Close.
var ErrClosed = errors.New("memory: the store is closed")

// ErrEmptyKey is returned for the key "", which no store takes.
var ErrEmptyKey = errors.New("memory: empty key")

// Store is a services.Store in memory. The zero value is an empty store, ready for use. It is safe for concurrent
// use and must not be copied.
type Store struct {
	mu     sync.RWMutex
	values map[string]entry
	// last is the revision of the latest change of any key. It never goes back, so that a key that was deleted and
	// written anew is not mistaken for the old one.
	last   uint64
	closed bool
}

type entry struct {
	value    []byte
	revision uint64
}

var (
	_ services.Store    = (*Store)(nil)
	_ services.Volatile = (*Store)(nil)
)

// New returns an empty store.
func New() *Store { return &Store{} }

// Get returns a copy of the value and its revision, or services.ErrNotFound.
func (s *Store) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if err := s.check(ctx, key); err != nil {
		return nil, 0, err
	}
	e, ok := s.values[key]
	if !ok {
		return nil, 0, services.ErrNotFound
	}
	return bytes.Clone(e.value), e.revision, nil
}

// Put writes a copy of the value if the key is still at the given revision, or returns services.ErrConflict.
func (s *Store) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(ctx, key); err != nil {
		return 0, err
	}
	if s.values[key].revision != revision { // of a key that is not there: 0
		return 0, services.ErrConflict
	}
	if s.values == nil {
		s.values = map[string]entry{}
	}
	s.last++
	s.values[key] = entry{append([]byte{}, value...), s.last}
	return s.last, nil
}

// Delete removes a key.
func (s *Store) Delete(ctx context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.check(ctx, key); err != nil {
		return err
	}
	delete(s.values, key)
	return nil
}

// Volatile says that nothing outlives the process.
func (s *Store) Volatile() {}

// Close forgets everything. Closing twice is no error.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values, s.closed = nil, true
	return nil
}

func (s *Store) check(ctx context.Context, key string) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case s.closed:
		return ErrClosed
	case key == "":
		return ErrEmptyKey
	}
	return nil
}
