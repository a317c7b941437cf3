package bolt

import (
	"context"
	"encoding/binary"

	"go.etcd.io/bbolt"

	"github.com/parley-voice/parley/services"
)

// change is one Put or Delete on its way to the disk.
type change struct {
	ctx  context.Context
	key  string
	raw  []byte // with room for the revision in front; nil deletes
	from uint64 // revision that the key must be at
	err  error  // may be read once done has an element
	done chan struct{}
}

// admit puts a change into the group, with a revision, if it may be made after those that are in it.
func (s *Store) admit(c *change) error {
	if err := c.ctx.Err(); err != nil {
		return err
	}
	if c.raw == nil {
		s.group.Delete(c.key)
	} else {
		current, err := s.current(c.key)
		if err != nil {
			return err
		}
		if current != c.from {
			return services.ErrConflict
		}
		// One sequence for all keys: a key that is deleted and written anew never gets an old revision again.
		s.revision++
		binary.BigEndian.PutUint64(c.raw, s.revision)
		s.group.Put(c.key, c.raw)
	}
	s.pending[c.key] = c.raw
	return nil
}

// current is the revision of a key, behind the changes in the group; 0 if there is no such key.
func (s *Store) current(key string) (revision uint64, err error) {
	raw, known := s.pending[key]
	if !known {
		if raw, known, err = s.recent(key); err != nil {
			return 0, err
		}
	}
	if !known {
		err = s.db.View(func(tx *bbolt.Tx) error {
			if raw := tx.Bucket(bucket).Get([]byte(key)); raw != nil {
				_, revision, err = split(raw)
			}
			return err
		})
		return revision, err
	}
	if raw != nil {
		_, revision, err = split(raw)
	}
	return revision, err
}
