package services

import (
	"context"
	"errors"
)

// Store keeps small values, such as conversations, by key. It must be safe for concurrent use.
//
// Every value has a revision, which grows with each change, so that two nodes that change the same
// conversation notice each other (compare and swap).
type Store interface {
	// Get returns the value and its revision, or ErrNotFound.
	Get(ctx context.Context, key string) (value []byte, revision uint64, err error)
	// Put writes the value if the key is still at the given revision; 0 means that the key must not exist. It
	// returns the new revision, or ErrConflict if somebody else was faster.
	Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error)
	// Delete removes a key. Removing what is not there is no error.
	Delete(ctx context.Context, key string) error
	// Close writes out what is pending and frees the store.
	Close() error
}

// Volatile is implemented by a Store whose values are gone when the process ends, however it ends.
type Volatile interface {
	// Volatile does nothing; having it says it.
	Volatile()
}

// Persists reports whether what is put into a store outlives the process, so that something can be left in it for the next
// one. A store that does not say otherwise does; nil does not.
func Persists(s Store) bool {
	if s == nil {
		return false
	}
	_, volatile := s.(Volatile)
	return !volatile
}

// Shared is implemented by a Store that several processes use at the same time, such as one on a server, so that what one of
// them writes is seen by all. A Store that wraps such a one should have it, too.
type Shared interface {
	// Shared does nothing; having it says it.
	Shared()
}

// Shares reports whether other processes may use a store at the same time. A store that does not say so is this process's
// alone; nil is, too.
func Shares(s Store) bool {
	_, shared := s.(Shared)
	return shared
}

var (
	// ErrNotFound is returned by Get for a key that a Store does not hold.
	ErrNotFound = errors.New("services: key not found")
	// ErrConflict is returned by Put when the key is no longer at the given revision.
	ErrConflict = errors.New("services: key was changed by somebody else")
)
