package bolt

import (
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

var (
	// stateBucket and stateKey are where the state is. Files of before there were logs have none.
	stateBucket = []byte("parley.log")
	stateKey    = []byte("state")
)

const (
	stateVersion = 1
	stateBytes   = 2 + 16 + 8
)

// state is what the file says about the logs. The zero value is that of a file that never had any.
type state struct {
	open    bool   // changes may be in the logs: the store was not closed
	session wal.ID // of the logs, or of the last ones
	folded  uint64 // all changes up to this epoch are in the file
}

// load reads the state from a transaction.
func (st *state) load(tx *bbolt.Tx) error {
	*st = state{}
	b := tx.Bucket(stateBucket)
	if b == nil {
		return nil
	}
	raw := b.Get(stateKey)
	if len(raw) != stateBytes || raw[0] != stateVersion || raw[1] > 1 {
		return fmt.Errorf("its state, of %d bytes, cannot be read", len(raw))
	}
	st.open = raw[1] == 1
	copy(st.session[:], raw[2:])
	st.folded = binary.BigEndian.Uint64(raw[18:])
	return nil
}

// save writes the state in a transaction.
func (st state) save(tx *bbolt.Tx) error {
	b, err := tx.CreateBucketIfNotExists(stateBucket)
	if err != nil {
		return err
	}
	raw := make([]byte, 2, stateBytes)
	raw[0] = stateVersion
	if st.open {
		raw[1] = 1
	}
	raw = append(raw, st.session[:]...)
	return b.Put(stateKey, binary.BigEndian.AppendUint64(raw, st.folded))
}
