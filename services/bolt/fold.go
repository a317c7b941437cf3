package bolt

import (
	"errors"
	"maps"
	"runtime"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

const (
	// Folding is done in transactions of so many keys or bytes, since nothing else runs on a single core during one.
	foldKeys  = 100
	foldBytes = 256 << 10
	// foldPause is how long the folder waits after an error of the disk.
	foldPause = time.Second
)

// errStopped ends folding that is done anew by who asked for it.
var errStopped = errors.New("stopped")

// runFolder writes to the file what is frozen, and freezes what has become old. It ends when quit is closed.
func (s *Store) runFolder() {
	for {
		select {
		case <-s.quit:
			return
		case <-s.kick:
		case <-s.age.C:
			select {
			case <-s.quit:
				return
			case <-s.kick: // somebody who has the turn was faster, and may wait for it to be folded
			case s.turn <- struct{}{}:
				s.freezeOld()
				<-s.turn
				continue
			}
		}
		s.view.RLock()
		frozen, active := s.frozen, s.active
		s.view.RUnlock()
		st := state{open: true, session: s.state.session, folded: frozen.epoch}
		for {
			err := fold(s.db, frozen, s.newer(active), st, s.quit)
			if err == nil {
				break
			}
			s.failure.Store(&err)
			select {
			case <-time.After(foldPause):
			case <-s.quit:
				return
			}
		}
		s.failure.Store(nil)
		s.view.Lock()
		s.frozen = nil
		s.view.Unlock()
		s.room <- struct{}{}
	}
}

// freezeOld freezes what is active, unless that was done just now.
func (s *Store) freezeOld() {
	if len(s.active.changes) == 0 {
		return
	}
	select {
	case <-s.room:
		s.freeze()
	default:
	}
}

// newer tells whether a key has a change in an overlay.
func (s *Store) newer(o *overlay) func(key string) bool {
	return func(key string) bool {
		s.view.RLock()
		defer s.view.RUnlock()
		_, ok := o.changes[key]
		return ok
	}
}

// fold writes an overlay to the file, in small transactions, and with the last of them a state that says so. Keys for
// which skip is true are left out: a later log has them, and will be folded in its turn.
func fold(db *bbolt.DB, o *overlay, skip func(key string) bool, st state, quit <-chan struct{}) error {
	keys := slices.Sorted(maps.Keys(o.changes)) // neighbours share pages
	for {
		err := db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			for n, size := 0, 0; len(keys) > 0; keys = keys[1:] {
				if n == foldKeys || size > foldBytes {
					return nil
				}
				if skip(keys[0]) {
					continue
				}
				raw := o.changes[keys[0]]
				if err := put(b, keys[0], raw); err != nil {
					return err
				}
				n, size = n+1, size+len(raw)
			}
			if err := b.SetSequence(o.last); err != nil {
				return err
			}
			return st.save(tx)
		})
		if err != nil || len(keys) == 0 {
			return err
		}
		runtime.Gosched()
		select {
		case <-quit:
			return errStopped
		default:
		}
	}
}

func put(b *bbolt.Bucket, key string, raw []byte) error {
	if raw == nil {
		return b.Delete([]byte(key)) // which touches no page if there is no such key
	}
	return b.Put([]byte(key), raw)
}
