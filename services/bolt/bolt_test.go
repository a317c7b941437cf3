package bolt_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashProcess); path != "" {
		os.Exit(runCrashWriters(path))
	}
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "rapid.checks" })
	if !set { // each waits for the disk many times
		if err := flag.Set("rapid.checks", "10"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	goleak.VerifyTestMain(m)
}

func open(t *testing.T, path string) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) services.Store { return open(t, filepath.Join(t.TempDir(), "store.db")) })
	var path string
	storetest.Reopen(t, func(t *testing.T) services.Store {
		if path == "" {
			path = filepath.Join(t.TempDir(), "store.db")
		}
		return open(t, path)
	})
}

// The same with logs that are full, and switched, all the time.
func TestConformanceWithSmallLogs(t *testing.T) {
	small := []bolt.Option{bolt.WithLogs(1024, time.Millisecond), bolt.WithPatience(time.Minute)}
	storetest.Run(t, func(t *testing.T) services.Store {
		return openWith(t, filepath.Join(t.TempDir(), "store.db"), small...)
	})
	var path string
	storetest.Reopen(t, func(t *testing.T) services.Store {
		if path == "" {
			path = filepath.Join(t.TempDir(), "store.db")
		}
		return openWith(t, path, small...)
	})
}

// Changes that come together are written together, each with its own outcome.
func TestChangesThatComeTogether(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	taken, err := s.Put(t.Context(), "taken", []byte("old"), 0)
	if err != nil {
		t.Fatal(err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	var wg sync.WaitGroup
	for n := range 200 {
		wg.Go(func() {
			key := fmt.Sprint(n)
			switch n % 4 {
			case 0:
				if _, err := s.Put(t.Context(), "taken", []byte("new"), taken+1000); !errors.Is(err, services.ErrConflict) {
					t.Errorf("a conflict: %v", err)
				}
			case 1:
				if _, err := s.Put(gone, key, nil, 0); !errors.Is(err, context.Canceled) {
					t.Errorf("a context that has ended: %v", err)
				}
			case 2:
				if _, err := s.Put(t.Context(), strings.Repeat("k", 40000), nil, 0); err == nil {
					t.Error("a key that is too long was taken")
				}
			default:
				revision, err := s.Put(t.Context(), key, []byte(key), 0)
				if err == nil {
					_, err = s.Put(t.Context(), key, []byte(key+key), revision)
				}
				if err != nil {
					t.Errorf("put %s: %v", key, err)
				}
			}
		})
	}
	wg.Wait()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	defer s.Close()
	for n := range 200 {
		value, _, err := s.Get(t.Context(), fmt.Sprint(n))
		if n%4 != 3 {
			if !errors.Is(err, services.ErrNotFound) {
				t.Errorf("%d: %q, %v", n, value, err)
			}
		} else if want := fmt.Sprint(n, n); err != nil || string(value) != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%d: %q, %v", n, value, err)
		}
	}
	if value, _, _ := s.Get(t.Context(), "taken"); string(value) != "old" {
		t.Errorf("it was overwritten: %q", value)
	}
}

func TestOpenErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	tests := map[string]struct {
		path string
		kind error
		says string
	}{
		"no name":     {"", nil, "no file name"},
		"no folder":   {filepath.Join(dir, "none", "store.db"), os.ErrNotExist, "create it first"},
		"a folder":    {dir, nil, "is a folder"},
		"device":      {os.DevNull, nil, "not a regular file"},
		"text":        {write("text", strings.Repeat("Dear diary! ", 5000)), bolt.ErrNotStore, "left as it is"},
		"short text":  {write("short", "hello"), bolt.ErrNotStore, "left as it is"},
		"file as dir": {filepath.Join(write("file", "x"), "store.db"), nil, ""},
	}
	for name, tt := range tests {
		s, err := bolt.Open(tt.path)
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
			continue
		}
		if !strings.HasPrefix(err.Error(), "bolt: ") || !strings.Contains(err.Error(), tt.says) || (tt.kind != nil && !errors.Is(err, tt.kind)) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	first := open(t, path)
	if _, err := bolt.Open(path, bolt.WithLockTimeout(20*time.Millisecond)); !errors.Is(err, bolt.ErrLocked) {
		t.Errorf("error %v, want ErrLocked", err)
	}
	// Who waits gets it when the other lets go.
	time.AfterFunc(30*time.Millisecond, func() { first.Close() })
	second, err := bolt.Open(path, bolt.WithLockTimeout(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}

// TestDamagedFilesAreReportedAndKept damages a store in many places. Whatever Open says, it must not panic, must
// name the damage if it finds any, must leave a refused file as it was, and must not keep it locked.
func TestDamagedFilesAreReportedAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := open(t, path)
	for i := range 30 {
		if _, err := s.Put(t.Context(), fmt.Sprint("key", i), bytes.Repeat([]byte{byte(i)}, 3000), 0); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page := os.Getpagesize()
	damages := map[string]func([]byte) []byte{
		"both meta pages": func(b []byte) []byte { clear(b[:2*page]); return b },
	}
	for cut := page; cut < len(good); cut += len(good) / 16 {
		damages[fmt.Sprint("cut at ", cut)] = func(b []byte) []byte { return b[:cut] }
	}
	for at := 2 * page; at < len(good); at += page {
		damages[fmt.Sprint("page ", at/page)] = func(b []byte) []byte {
			for i := range 64 { // the page's header and the first of its elements
				b[at+i] = 0xA5
			}
			return b
		}
	}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 300 { // bytes turned over within the elements of pages, where offsets and lengths are
		at := 2*page + random.IntN(len(good)-2*page)
		at -= at % page
		flips := make(map[int]byte)
		for range 1 + n%4 {
			flips[at+random.IntN(200)] = byte(1 + random.IntN(255))
		}
		damages[fmt.Sprint("flips ", n)] = func(b []byte) []byte {
			for i, x := range flips {
				b[i] ^= x
			}
			return b
		}
	}
	refused := 0
	for name, damage := range damages {
		bad := damage(bytes.Clone(good))
		file := filepath.Join(t.TempDir(), "bad.db")
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := bolt.Open(file, bolt.WithLockTimeout(10*time.Millisecond))
		if err == nil { // an unused page
			s.Close()
			continue
		}
		refused++
		if !errors.Is(err, bolt.ErrCorrupt) && !errors.Is(err, bolt.ErrNotStore) {
			t.Errorf("%s: error %v", name, err)
		}
		if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, bad) {
			t.Errorf("%s: Open has changed the file", name)
		}
		if _, err := bolt.Open(file, bolt.WithLockTimeout(10*time.Millisecond)); errors.Is(err, bolt.ErrLocked) {
			t.Errorf("%s: the file stayed locked", name)
		}
	}
	if refused < 16 {
		t.Errorf("only %d of %d damaged files were refused", refused, len(damages))
	}
}

func TestForeignValue(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	open(t, path).Close()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("parley.1")).Put([]byte("k"), []byte("short")) }); err != nil {
		t.Fatal(err)
	}
	db.Close()
	s := open(t, path)
	defer s.Close()
	if _, _, err := s.Get(t.Context(), "k"); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Get: error %v", err)
	}
	if _, err := s.Put(t.Context(), "k", nil, 0); !errors.Is(err, bolt.ErrCorrupt) {
		t.Errorf("Put: error %v", err)
	}
}

func TestKeyTooLong(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "store.db"))
	defer s.Close()
	if _, err := s.Put(t.Context(), strings.Repeat("k", 40000), nil, 0); err == nil || !strings.Contains(err.Error(), "key too large") {
		t.Errorf("error %v", err)
	}
	if _, err := s.Put(t.Context(), "k", nil, 0); err != nil { // the store still works
		t.Error(err)
	}
}

// BenchmarkPut shows what group commit brings: time per change, by changes at the same time.
func BenchmarkPut(b *testing.B) {
	for _, writers := range []int{1, 8, 64} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			s, err := bolt.Open(filepath.Join(b.TempDir(), "store.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			value := make([]byte, 4000)
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range writers {
				wg.Go(func() { // ends with its share of the changes
					var rev uint64
					for i := w; i < b.N; i += writers {
						if rev, err = s.Put(b.Context(), fmt.Sprint("key", w), value, rev); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
		})
	}
}

func ExampleOpen() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	store, err := bolt.Open(filepath.Join(dir, "conversations.db"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	revision, _ := store.Put(context.Background(), "user 1", []byte("hello"), 0)
	value, at, _ := store.Get(context.Background(), "user 1")
	fmt.Println(string(value), at == revision)
	// Output: hello true
}
