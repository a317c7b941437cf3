package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/services"
)

// Option says what a store cannot do.
type Option func(*limits)

type limits struct{ value int }

// MaxValue says that values have up to so many bytes; without it they are tried up to 8 MiB.
func MaxValue(bytes int) Option { return func(l *limits) { l.value = bytes } }

// Run tests the store that open returns. open is called with a subtest of its own for each aspect and must return
// an empty store every time; Run closes it.
func Run(t *testing.T, open func(t *testing.T) services.Store, opts ...Option) {
	l := limits{value: 8 << 20}
	for _, o := range opts {
		o(&l)
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, services.Store)
	}{
		{"missing key", missingKey},
		{"revisions", revisions},
		{"deleted keys", deletedKeys},
		{"empty key", emptyKey},
		{"any bytes", anyBytes},
		{"big value", func(t *testing.T, s services.Store) { bigValue(t, s, l.value) }},
		{"sizes", func(t *testing.T, s services.Store) { sizes(t, s, l.value) }},
		{"alike keys", alikeKeys},
		{"long keys", longKeys},
		{"no aliasing", noAliasing},
		{"context", endedContext},
		{"context ends midway", contextEndsMidway},
		{"concurrent counter", concurrentCounter},
		{"concurrent create", concurrentCreate},
		{"concurrent writers", concurrentWriters},
		{"close", closing},
		{"close midway", func(t *testing.T, s services.Store) { closingMidway(t, s) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { s.Close() })
			c.test(t, s)
		})
	}
}

// Reopen tests that a store keeps what it holds. open is called several times with the same subtest and must open the
// same store; the one before is closed by then.
func Reopen(t *testing.T, open func(t *testing.T) services.Store) {
	t.Run("reopen", func(t *testing.T) {
		first := open(t)
		rev := put(t, first, "kept", "one", 0)
		rev = put(t, first, "kept", "two", rev)
		gone := put(t, first, "gone", "x", 0)
		if err := first.Delete(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		if err := first.Close(); err != nil {
			t.Fatal(err)
		}
		second := open(t)
		wantValue(t, second, "kept", "two", rev)
		wantMissing(t, second, "gone")
		if next := put(t, second, "gone", "y", 0); next <= gone {
			t.Errorf("revision %d after reopening, want more than %d", next, gone)
		}
		rev = put(t, second, "kept", "three", rev)
		written := closingMidway(t, second)
		third := open(t)
		defer third.Close()
		wantValue(t, third, "kept", "three", rev)
		for key, value := range written {
			if got, _, err := third.Get(t.Context(), key); err != nil || string(got) != value {
				t.Errorf("%q was told to be written, and after reopening it holds %q, %v", key, got, err)
			}
		}
	})
}

func missingKey(t *testing.T, s services.Store) {
	wantMissing(t, s, "nothing")
	if err := s.Delete(t.Context(), "nothing"); err != nil {
		t.Errorf("deleting what is not there: %v", err)
	}
	wantConflict(t, s, "nothing", 1)
	wantMissing(t, s, "nothing")
}

func revisions(t *testing.T, s services.Store) {
	one := put(t, s, "a", "1", 0)
	if one == 0 {
		t.Error("revision 0 means that there is no value")
	}
	wantConflict(t, s, "a", 0)
	wantConflict(t, s, "a", one+1)
	two := put(t, s, "a", "2", one)
	if two <= one {
		t.Errorf("revision %d after %d", two, one)
	}
	wantConflict(t, s, "a", one)
	wantValue(t, s, "a", "2", two)
	other := put(t, s, "b", "", 0)
	wantValue(t, s, "b", "", other)
	wantValue(t, s, "a", "2", two)
}

func deletedKeys(t *testing.T, s services.Store) {
	old := put(t, s, "k", "1", 0)
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	wantMissing(t, s, "k")
	wantConflict(t, s, "k", old)
	anew := put(t, s, "k", "1", 0)
	if anew <= old {
		t.Errorf("revision %d of a key written anew, want more than %d", anew, old)
	}
	wantConflict(t, s, "k", old) // who knows the old key must notice
}

func emptyKey(t *testing.T, s services.Store) {
	if _, err := s.Put(t.Context(), "", []byte("x"), 0); err == nil {
		t.Error("Put took an empty key")
	}
	if _, _, err := s.Get(t.Context(), ""); err == nil {
		t.Error("Get took an empty key")
	}
	if err := s.Delete(t.Context(), ""); err == nil {
		t.Error("Delete took an empty key")
	}
}

func anyBytes(t *testing.T, s services.Store) {
	keys := []string{"\x00", "\x00\x00", "\xff\xfe", "a", "a\x00", "a/b", "../x", "ключ", "\n", " ", strings.Repeat("k", 1000)}
	revs := map[string]uint64{}
	for _, k := range keys {
		revs[k] = put(t, s, k, "\x00value of\xff"+k, 0)
	}
	for _, k := range keys {
		wantValue(t, s, k, "\x00value of\xff"+k, revs[k])
	}
}

func bigValue(t *testing.T, s services.Store, size int) {
	big := make([]byte, size)
	random := rand.NewChaCha8([32]byte{1})
	random.Read(big)
	rev := put(t, s, "big", string(big), 0)
	wantValue(t, s, "big", string(big), rev)
	rev = put(t, s, "big", "small again", rev)
	wantValue(t, s, "big", "small again", rev)
}

func noAliasing(t *testing.T, s services.Store) {
	value := []byte("before")
	rev, err := s.Put(t.Context(), "k", value, 0)
	if err != nil {
		t.Fatal(err)
	}
	copy(value, "spoilt")
	got, _, err := s.Get(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != "before" {
		t.Errorf("the store kept the caller's slice: %q", got)
	}
	copy(got, "spoilt")
	wantValue(t, s, "k", "before", rev)
}

func endedContext(t *testing.T, s services.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Put(ctx, "k", []byte("x"), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("Put: error %v", err)
	}
	wantMissing(t, s, "k")
	rev := put(t, s, "k", "x", 0)
	if _, _, err := s.Get(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("Get: error %v", err)
	}
	if err := s.Delete(ctx, "k"); !errors.Is(err, context.Canceled) {
		t.Errorf("Delete: error %v", err)
	}
	wantValue(t, s, "k", "x", rev)
}

// concurrentCounter has many goroutines add to one number: with a correct compare and swap, no addition is lost.
func concurrentCounter(t *testing.T, s services.Store) {
	const workers, rounds = 8, 10
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() { // ends after its rounds
			for range rounds {
				if err := increment(t.Context(), s, "n"); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	got, _, err := s.Get(t.Context(), "n")
	if err != nil || string(got) != strconv.Itoa(workers*rounds) {
		t.Errorf("counted %q, %v, want %d", got, err, workers*rounds)
	}
}

func increment(ctx context.Context, s services.Store, key string) error {
	for {
		n := 0
		value, rev, err := s.Get(ctx, key)
		switch {
		case err == nil:
			if n, err = strconv.Atoi(string(value)); err != nil {
				return err
			}
		case !errors.Is(err, services.ErrNotFound):
			return err
		}
		_, err = s.Put(ctx, key, []byte(strconv.Itoa(n+1)), rev)
		if !errors.Is(err, services.ErrConflict) {
			return err
		}
	}
}

// concurrentCreate has many goroutines create each key: exactly one of them may succeed, and no revision is given
// twice.
func concurrentCreate(t *testing.T, s services.Store) {
	const workers, keys = 6, 10
	var mu sync.Mutex
	winners, revs := map[string]int{}, map[uint64]bool{}
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { // ends after all keys
			for k := range keys {
				key := fmt.Sprint("key", k)
				rev, err := s.Put(t.Context(), key, []byte{byte(w)}, 0)
				switch {
				case err == nil:
					mu.Lock()
					winners[key]++
					if revs[rev] {
						t.Errorf("revision %d was given twice", rev)
					}
					revs[rev] = true
					mu.Unlock()
				case !errors.Is(err, services.ErrConflict):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for k := range keys {
		if n := winners[fmt.Sprint("key", k)]; n != 1 {
			t.Errorf("key%d was created %d times", k, n)
		}
	}
}

func closing(t *testing.T, s services.Store) {
	put(t, s, "k", "x", 0)
	for i := range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close no. %d: %v", i+1, err)
		}
	}
	if _, _, err := s.Get(t.Context(), "k"); err == nil {
		t.Error("Get after Close gave no error")
	}
	if _, err := s.Put(t.Context(), "l", nil, 0); err == nil {
		t.Error("Put after Close gave no error")
	}
	if err := s.Delete(t.Context(), "k"); err == nil {
		t.Error("Delete after Close gave no error")
	}
}

func put(t *testing.T, s services.Store, key, value string, revision uint64) uint64 {
	t.Helper()
	rev, err := s.Put(t.Context(), key, []byte(value), revision)
	if err != nil {
		t.Fatalf("Put(%.20q) at revision %d: %v", key, revision, err)
	}
	return rev
}

func wantValue(t *testing.T, s services.Store, key, value string, revision uint64) {
	t.Helper()
	got, rev, err := s.Get(t.Context(), key)
	switch {
	case err != nil:
		t.Errorf("Get(%.20q): %v", key, err)
	case !bytes.Equal(got, []byte(value)) || rev != revision:
		t.Errorf("Get(%.20q) = %.20q (%d bytes) at %d, want %.20q (%d bytes) at %d", key, got, len(got), rev, value, len(value), revision)
	}
}

func wantMissing(t *testing.T, s services.Store, key string) {
	t.Helper()
	if _, _, err := s.Get(t.Context(), key); !errors.Is(err, services.ErrNotFound) {
		t.Errorf("Get(%.20q): error %v, want ErrNotFound", key, err)
	}
}

func wantConflict(t *testing.T, s services.Store, key string, revision uint64) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, []byte("conflict"), revision); !errors.Is(err, services.ErrConflict) {
		t.Errorf("Put(%.20q) at revision %d: error %v, want ErrConflict", key, revision, err)
	}
}
