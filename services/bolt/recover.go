package bolt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"go.etcd.io/bbolt"

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// takeOver writes to the file what the logs have, and removes them. Before that it has read all of it: if anything
// is wrong, nothing is changed. It returns the state, which is that of a closed store, and the last revision.
func takeOver(db *bbolt.DB, path string) (st state, last uint64, err error) {
	var isNew bool
	if err := db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucket)
		if isNew = b == nil; !isNew {
			last = b.Sequence()
		}
		return st.load(tx)
	}); err != nil {
		return st, 0, damaged(path, err)
	}
	left, err := readLogs(path, st)
	if err != nil {
		return st, 0, err
	}
	if isNew {
		if err := db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucket(bucket)
			return err
		}); err != nil {
			return st, 0, cannotWrite(path, err)
		}
	}
	if st.open {
		o := newOverlay(st.folded+2, last)
		for _, r := range left {
			o.changes[r.Key] = r.Value
			if !r.Deleted {
				o.last = max(o.last, binary.BigEndian.Uint64(r.Value))
			}
		}
		st.open, st.folded, last = false, o.epoch, o.last
		never := func(string) bool { return false }
		if err := fold(db, o, never, st, nil); err != nil {
			return st, 0, cannotWrite(path, err)
		}
	}
	if err := removeLogs(path); err != nil {
		return st, 0, fmt.Errorf("bolt: cannot remove what is not needed any more: %w", err)
	}
	return st, last, nil
}

func cannotWrite(path string, err error) error {
	return fmt.Errorf("bolt: cannot write to %s: %w", path, err)
}

// readLogs returns the changes that are in the logs and not in the file, in their order.
func readLogs(path string, st state) (left []wal.Record, err error) {
	var logs [2]wal.Content
	var lost bool // the first is there no more, and that is accepted
	for i := range logs {
		epoch := st.folded + 1 + uint64(i)
		name := logPath(path, epoch)
		logs[i], err = wal.Read(name, st.session, epoch)
		switch {
		case errors.Is(err, wal.ErrEmpty), errors.Is(err, fs.ErrNotExist) && !st.open:
			lost = lost || i == 0
			continue
		case errors.Is(err, wal.ErrUnused) && !st.open:
			continue // it was made, and the process ended before the file knew of it
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%w: %s was not closed, and %s, where its last changes may be, is missing; put it back, or create an "+
				"empty file of that name to go on without them", ErrCorrupt, path, name)
		case isFileSystem(err):
			return nil, fmt.Errorf("bolt: cannot read the log: %w", err)
		case !st.open && (err != nil || len(logs[i].Groups) > 0):
			return nil, fmt.Errorf("%w: %s was closed and needs no log, but %s is there (%w); it was left as it is: move it away, or put "+
				"back the file that it belongs to", ErrForeignLog, path, name, cause(err))
		case errors.Is(err, wal.ErrForeign), errors.Is(err, wal.ErrLater):
			return nil, fmt.Errorf("%w: %s is not of %s (%w); it was left as it is: put back the files that belong together, or replace "+
				"it by an empty file to go on without the last changes", ErrForeignLog, name, path, err)
		case err != nil:
			return nil, damagedLog(name, err)
		}
		if err := checkRecords(logs[i]); err != nil {
			return nil, damagedLog(name, err)
		}
	}
	if later := logs[1]; len(later.Groups) > 0 && !lost {
		if have := uint64(len(logs[0].Groups)); have < later.Before {
			return nil, damagedLog(logPath(path, st.folded+1), fmt.Errorf("%d groups of %d can be read", have, later.Before))
		}
		logs[0].Groups = logs[0].Groups[:later.Before] // those behind have failed, and that was told
	}
	for _, l := range logs {
		for _, g := range l.Groups {
			left = append(left, g...)
		}
	}
	return left, nil
}

// cause is why a log does not belong to a closed store.
func cause(err error) error {
	if err == nil {
		return wal.ErrLater
	}
	return err
}

func checkRecords(c wal.Content) error {
	for _, g := range c.Groups {
		for _, r := range g {
			if len(r.Key) == 0 || len(r.Key) > bbolt.MaxKeySize || !r.Deleted && len(r.Value) < revisionBytes {
				return fmt.Errorf("a key of %d bytes, a value of %d", len(r.Key), len(r.Value))
			}
		}
	}
	return nil
}

func damagedLog(name string, err error) error {
	return fmt.Errorf("%w: %s (%w); it was left as it is: restore a copy of the store and its logs, or replace the log by an empty file to go on "+
		"without the last changes", ErrCorrupt, name, err)
}
