package bolt

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// WithLogs changes how large the logs are and when they are folded.
func WithLogs(bytes int64, foldAfter time.Duration) Option {
	return func(c *config) { c.logBytes, c.foldAfter = bytes, foldAfter }
}

// WithPatience changes how long a change waits while the logs are full.
func WithPatience(d time.Duration) Option { return func(c *config) { c.patience = d } }

// WithLogOpener has logs be opened by somebody else.
func WithLogOpener(open func(path string) (wal.File, error)) Option {
	return func(c *config) { c.openLog = open }
}

// WithLogFile has logs be written through another file.
func WithLogFile(wrap func(f wal.File) wal.File) Option {
	return WithLogOpener(func(path string) (wal.File, error) {
		f, err := wal.OpenFile(path)
		if err != nil {
			return nil, err
		}
		return wrap(f), nil
	})
}

// SetMaxSize has the file not become larger than so many bytes, as on a full disk; 0 lifts it.
func (s *Store) SetMaxSize(bytes int) {
	tx, err := s.db.Begin(true)
	if err != nil {
		panic(err)
	}
	s.db.MaxSize = bytes
	_ = tx.Rollback()
}

// HoldFile keeps changes from the file until it is released.
func (s *Store) HoldFile(t *testing.T) (release func()) {
	t.Helper()
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	return func() { _ = tx.Rollback() }
}

// Unfolded is how many changes are only in the logs.
func (s *Store) Unfolded() int {
	s.view.RLock()
	defer s.view.RUnlock()
	n := len(s.active.changes)
	if s.frozen != nil {
		n += len(s.frozen.changes)
	}
	return n
}

// CopyFiles copies a store and its logs to a folder, as they are between two writes, and returns the path there.
func CopyFiles(t testing.TB, path, dir string) string {
	t.Helper()
	to := filepath.Join(dir, filepath.Base(path))
	for _, end := range []string{"", "-log1", "-log2"} {
		b, err := os.ReadFile(path + end)
		if end != "" && errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+end, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// Crash copies the files as they would be if the machine ended now, between two writes of the log and of the file.
func (s *Store) Crash(t testing.TB, dir string) string {
	t.Helper()
	s.turn <- struct{}{}
	defer func() { <-s.turn }()
	tx, err := s.db.Begin(true)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	return CopyFiles(t, s.path, dir)
}

// Path is the file's.
func (s *Store) Path() string { return s.path }
