package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/parley-voice/parley/services"
)

// Store is a services.Store in one file. It is safe for concurrent use. Keys have up to 32,768 bytes.
type Store struct {
	db   *bbolt.DB
	path string
	turn chan struct{} // has an element while a group of changes is written

	mu      sync.Mutex
	waiting []*change
}

var _ services.Store = (*Store)(nil)

// revisionBytes is the size of the revision in front of each value.
const revisionBytes = 8

// Get returns a copy of the value and its revision, or services.ErrNotFound.
func (s *Store) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	if err := precheck(ctx, key); err != nil {
		return nil, 0, err
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		raw := tx.Bucket(bucket).Get([]byte(key))
		if raw == nil {
			return services.ErrNotFound
		}
		value, revision, err = split(raw)
		value = bytes.Clone(value) // raw belongs to the transaction
		return err
	})
	if err != nil {
		return nil, 0, s.explain(err)
	}
	return value, revision, nil
}

// Put writes the value if the key is still at the given revision, or returns services.ErrConflict. The value is on
// the disk when it returns.
func (s *Store) Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, err error) {
	if err := precheck(ctx, key); err != nil {
		return 0, err
	}
	err = s.commit(func(b *bbolt.Bucket) (err error) {
		if err := ctx.Err(); err != nil {
			return err
		}
		var current uint64
		if raw := b.Get([]byte(key)); raw != nil {
			if _, current, err = split(raw); err != nil {
				return err
			}
		}
		if current != revision {
			return services.ErrConflict
		}
		// One sequence for all keys: a key that is deleted and written anew never gets an old revision again.
		if next, err = b.NextSequence(); err != nil {
			return err
		}
		return b.Put([]byte(key), join(next, value))
	})
	if err != nil {
		return 0, s.explain(err)
	}
	return next, nil
}

// Delete removes a key. It is gone from the disk when Delete returns.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := precheck(ctx, key); err != nil {
		return err
	}
	return s.explain(s.commit(func(b *bbolt.Bucket) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return b.Delete([]byte(key))
	}))
}

// Close waits for what is being written and closes the file. Closing twice is no error.
func (s *Store) Close() error {
	if err := s.db.Close(); err != nil {
		return fmt.Errorf("bolt: closing %s: %w", s.path, err)
	}
	return nil
}

func precheck(ctx context.Context, key string) error {
	if key == "" {
		return ErrEmptyKey
	}
	return ctx.Err()
}

// explain makes bbolt's errors this package's own and lets the contract's and the context's pass.
func (s *Store) explain(err error) error {
	switch {
	case err == nil, errors.Is(err, services.ErrNotFound), errors.Is(err, services.ErrConflict),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, berrors.ErrDatabaseNotOpen):
		return ErrClosed
	}
	return fmt.Errorf("bolt: %s: %w", s.path, err)
}

func split(raw []byte) (value []byte, revision uint64, err error) {
	if len(raw) < revisionBytes {
		return nil, 0, fmt.Errorf("%w: a value of %d bytes has no revision", ErrCorrupt, len(raw))
	}
	return raw[revisionBytes:], binary.BigEndian.Uint64(raw), nil
}

func join(revision uint64, value []byte) []byte {
	raw := make([]byte, revisionBytes, revisionBytes+len(value))
	binary.BigEndian.PutUint64(raw, revision)
	return append(raw, value...)
}
