package bolt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// Store is a services.Store in one file, with two logs beside it while it is open. It is safe for concurrent use. Keys have up
// to 32,768 bytes.
type Store struct {
	db   *bbolt.DB
	path string
	cfg  config
	pool sync.Pool // of *change

	mu      sync.Mutex
	waiting []*change

	turn     chan struct{} // has an element while a group of changes is written; what follows belongs to who put it there
	revision uint64        // the last that was given
	group    wal.Group
	pending  map[string][]byte // changes of the group: nil is a key that is gone
	state    state             // as it is in the file
	logs     [2]*wal.Log       // that of an epoch is at epoch%2; nil before the first change

	view   sync.RWMutex
	active *overlay // changes since the last switch of logs
	frozen *overlay // those before, while they are written to the file; or nil
	closed bool     // is set with the turn, too

	room    chan struct{}         // has an element while frozen is nil
	kick    chan struct{}         // tells the folder that something is frozen
	age     *time.Timer           // runs from the first change in active
	failure atomic.Pointer[error] // why what is frozen cannot be written to the file, or nil
	quit    chan struct{}         // closed to end the folder
	folder  sync.WaitGroup

	closing sync.Once
}

var _ services.Store = (*Store)(nil)

// revisionBytes is the size of the revision in front of each value.
const revisionBytes = 8

// Get returns a copy of the value and its revision, or services.ErrNotFound. It returns nothing that is not on the disk.
func (s *Store) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	if err := precheck(ctx, key); err != nil {
		return nil, 0, err
	}
	raw, known, err := s.recent(key)
	switch {
	case err != nil:
		return nil, 0, err
	case known && raw == nil:
		return nil, 0, services.ErrNotFound
	case known:
		value, revision, err = split(raw)
		return bytes.Clone(value), revision, err
	}
	// A key that was in no overlay a moment ago is in the file as it was then, or newer.
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
// the disk when it returns, and nobody sees it before. After another error nobody sees it either, but if the process
// ends then, it may be there after the next start, unless there was a later change of any key.
func (s *Store) Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, err error) {
	if err := precheck(ctx, key); err != nil {
		return 0, err
	}
	if len(key) > bbolt.MaxKeySize {
		return 0, s.explain(berrors.ErrKeyTooLarge)
	}
	if len(value) > bbolt.MaxValueSize-revisionBytes {
		return 0, s.explain(berrors.ErrValueTooLarge)
	}
	raw := join(0, value)
	if err := s.commit(ctx, key, raw, revision); err != nil {
		return 0, s.explain(err)
	}
	return binary.BigEndian.Uint64(raw), nil
}

// Delete removes a key. That it is gone is on the disk when Delete returns.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := precheck(ctx, key); err != nil {
		return err
	}
	if len(key) > bbolt.MaxKeySize {
		return nil // no store holds it
	}
	return s.explain(s.commit(ctx, key, nil, 0))
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
	case err == nil, errors.Is(err, services.ErrNotFound), errors.Is(err, services.ErrConflict), errors.Is(err, ErrClosed),
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
	raw := make([]byte, revisionBytes+len(value))
	binary.BigEndian.PutUint64(raw, revision)
	copy(raw[revisionBytes:], value)
	return raw
}
