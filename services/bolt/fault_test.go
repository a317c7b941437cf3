package bolt_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// failing is a log file whose writes fail as long as broken is true.
type failing struct {
	wal.File
	broken *atomic.Bool
}

func (f failing) WriteAt(b []byte, at int64) (int, error) {
	if f.broken.Load() {
		return 0, errors.New("input/output error")
	}
	return f.File.WriteAt(b, at)
}

// While the log cannot be written every change fails and nothing changes; then the store goes on.
func TestLogCannotBeWritten(t *testing.T) {
	var broken atomic.Bool
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogFile(func(f wal.File) wal.File { return failing{f, &broken} }))
	defer s.Close()
	revision, err := s.Put(t.Context(), "k", []byte("kept"), 0)
	if err != nil {
		t.Fatal(err)
	}
	broken.Store(true)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() { // ends after its changes
			for range 10 {
				if _, err := s.Put(t.Context(), "k", []byte("lost"), revision); err == nil || !strings.Contains(err.Error(), s.Path()) {
					t.Errorf("Put: error %v", err)
				}
				if err := s.Delete(t.Context(), "k"); err == nil {
					t.Error("Delete gave no error")
				}
			}
		})
	}
	wg.Wait()
	if got, at, err := s.Get(t.Context(), "k"); err != nil || string(got) != "kept" || at != revision {
		t.Errorf("%q at %d, %v", got, at, err)
	}
	broken.Store(false)
	if _, err := s.Put(t.Context(), "k", []byte("later"), revision); err != nil {
		t.Error(err)
	}
	copied := openWith(t, s.Crash(t, t.TempDir()))
	defer copied.Close()
	if got, _, err := copied.Get(t.Context(), "k"); err != nil || string(got) != "later" {
		t.Errorf("after a crash: %q, %v", got, err)
	}
}

// With a full disk changes are taken until the logs are full. What was taken is there later, with and without a crash.
func TestFileCannotGrow(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(64<<10, time.Hour))
	defer s.Close()
	if _, err := s.Put(t.Context(), "first", nil, 0); err != nil {
		t.Fatal(err)
	}
	s.SetMaxSize(1)
	taken := 0
	var err error
	for ; err == nil; taken++ {
		if taken > 1000 {
			t.Fatal("changes are taken without end")
		}
		_, err = s.Put(t.Context(), fmt.Sprint("key", taken), make([]byte, 1000), 0)
	}
	taken--
	if !strings.Contains(err.Error(), "both logs are full") || !strings.Contains(err.Error(), "maximum") || !strings.Contains(err.Error(), s.Path()) {
		t.Errorf("error %v", err)
	}
	all := func(s *bolt.Store) {
		t.Helper()
		for i := range taken {
			if _, _, err := s.Get(t.Context(), fmt.Sprint("key", i)); err != nil {
				t.Errorf("key%d: %v", i, err)
			}
		}
		if _, _, err := s.Get(t.Context(), fmt.Sprint("key", taken)); !errors.Is(err, services.ErrNotFound) {
			t.Errorf("what was not taken: %v", err)
		}
	}
	all(s)
	copied := openWith(t, s.Crash(t, t.TempDir()))
	defer copied.Close()
	all(copied)
	s.SetMaxSize(0)
	for deadline := time.Now().Add(20 * time.Second); ; {
		_, err := s.Put(t.Context(), "more", nil, 0)
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	all(s)
}

// A Close that cannot write to the file says so, and the next Open has everything.
func TestCloseOnAFullDisk(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(4<<20, time.Hour))
	for i := range 100 {
		if _, err := s.Put(t.Context(), fmt.Sprint("key", i), make([]byte, 10_000), 0); err != nil {
			t.Fatal(err)
		}
	}
	s.SetMaxSize(1)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "the next start reads") {
		t.Errorf("error %v", err)
	}
	s = openWith(t, s.Path())
	defer s.Close()
	for i := range 100 {
		if got, _, err := s.Get(t.Context(), fmt.Sprint("key", i)); err != nil || len(got) != 10_000 {
			t.Errorf("key%d: %d bytes, %v", i, len(got), err)
		}
	}
}

// A change does not wait for ever for a file that is too slow.
func TestFileIsTooSlow(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(4096, time.Hour), bolt.WithPatience(20*time.Millisecond))
	defer s.Close()
	if _, err := s.Put(t.Context(), "first", nil, 0); err != nil {
		t.Fatal(err)
	}
	release := s.HoldFile(t)
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		_, err = s.Put(t.Context(), fmt.Sprint(n), make([]byte, 1000), 0)
	}
	release()
	if err == nil || !strings.Contains(err.Error(), "too slow") {
		t.Errorf("error %v after %d changes", err, n)
	}
}

// The logs cannot be made: the first change says so, and a later one can succeed.
func TestLogsCannotBeMade(t *testing.T) {
	var fails atomic.Bool
	fails.Store(true)
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogOpener(func(path string) (wal.File, error) {
		if fails.Load() {
			return nil, errors.New("too many open files")
		}
		return wal.OpenFile(path)
	}))
	defer s.Close()
	if _, err := s.Put(t.Context(), "k", nil, 0); err == nil || !strings.Contains(err.Error(), "cannot create the logs") {
		t.Errorf("error %v", err)
	}
	fails.Store(false)
	if _, err := s.Put(t.Context(), "k", nil, 0); err != nil {
		t.Error(err)
	}
}

// Values of any size go through logs of a few kilobytes.
func TestLargerThanTheLogs(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(4096, time.Hour), bolt.WithPatience(time.Minute))
	defer s.Close()
	sizes := []int{10, 3 << 20, 5000, 10, 1 << 20}
	for i, size := range sizes {
		if _, err := s.Put(t.Context(), fmt.Sprint(i), make([]byte, size), 0); err != nil {
			t.Fatal(err)
		}
	}
	copied := openWith(t, s.Crash(t, t.TempDir()))
	defer copied.Close()
	for i, size := range sizes {
		for _, s := range []*bolt.Store{s, copied} {
			if got, _, err := s.Get(t.Context(), fmt.Sprint(i)); err != nil || len(got) != size {
				t.Errorf("%d: %d bytes, %v", i, len(got), err)
			}
		}
	}
}

// What is old goes to the file, so that a bot which has nothing to do holds no memory for it.
func TestOldChangesGoToTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	synctest.Test(t, func(t *testing.T) {
		s := openWith(t, path)
		defer s.Close()
		for range 3 {
			for n := range 250 {
				_, revision, err := s.Get(t.Context(), fmt.Sprint(n))
				if err != nil && !errors.Is(err, services.ErrNotFound) {
					t.Fatal(err)
				}
				if _, err := s.Put(t.Context(), fmt.Sprint(n), []byte("x"), revision); err != nil {
					t.Fatal(err)
				}
			}
			time.Sleep(9 * time.Second)
			synctest.Wait()
			if n := s.Unfolded(); n != 250 {
				t.Errorf("%d changes are in the logs, want 250", n)
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if n := s.Unfolded(); n != 0 {
				t.Errorf("%d changes are in the logs still", n)
			}
		}
		if _, _, err := s.Get(t.Context(), "249"); err != nil {
			t.Error(err)
		}
	})
}

// Calls that come while the store is closed end, each with its change made or with ErrClosed.
func TestCloseUnderCalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := openWith(t, path, bolt.WithLogs(8<<10, time.Millisecond), bolt.WithPatience(time.Minute))
	var made [8]int
	var wg sync.WaitGroup
	begun := make(chan struct{}, len(made))
	for w := range made {
		wg.Go(func() { // ends when the store is closed
			for n := 0; ; n++ {
				if _, err := s.Put(t.Context(), fmt.Sprint(w, "/", n), make([]byte, 200), 0); err != nil {
					if !errors.Is(err, bolt.ErrClosed) {
						t.Errorf("error %v", err)
					}
					made[w] = n
					return
				}
				if n == 20 {
					begun <- struct{}{}
				}
			}
		})
	}
	for range made {
		<-begun
	}
	var closers sync.WaitGroup
	for range 2 {
		closers.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	closers.Wait()
	wg.Wait()
	s = openWith(t, path)
	defer s.Close()
	for w, n := range made {
		for i := range n + 1 {
			if _, _, err := s.Get(t.Context(), fmt.Sprint(w, "/", i)); (err == nil) != (i < n) {
				t.Errorf("change %d of %d: %v", i, n, err)
			}
		}
	}
}

func TestPutAllocates(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(8<<20, time.Hour))
	defer s.Close()
	value := make([]byte, 2000)
	var revision uint64
	put := func() {
		var err error
		if revision, err = s.Put(t.Context(), "k", value, revision); err != nil {
			t.Fatal(err)
		}
	}
	put()
	// The value, and what gathers the group.
	if n := testing.AllocsPerRun(200, put); n > 4 {
		t.Errorf("%v allocations", n)
	}
}
