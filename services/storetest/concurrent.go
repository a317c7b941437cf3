package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
)

// concurrentWriters has many goroutines each write a key of its own, and all of them delete and write one together.
func concurrentWriters(t *testing.T, s services.Store) {
	const workers, rounds = 32, 8
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { // ends after its rounds
			key, rev := fmt.Sprint("of ", w), uint64(0)
			for n := range rounds {
				next, err := s.Put(t.Context(), key, []byte(strconv.Itoa(n)), rev)
				if err != nil || next <= rev {
					t.Errorf("Put no. %d of %q at revision %d: %d, %v", n, key, rev, next, err)
					return
				}
				rev = next
				if n%3 != w%3 {
					continue
				}
				if err := s.Delete(t.Context(), "all"); err != nil {
					t.Error(err)
				}
				if _, err := s.Put(t.Context(), "all", []byte(key), 0); err != nil && !errors.Is(err, services.ErrConflict) {
					t.Error(err)
				}
			}
			wantValue(t, s, key, strconv.Itoa(rounds-1), rev)
		})
	}
	wg.Wait()
	if value, _, err := s.Get(t.Context(), "all"); err != nil || !strings.HasPrefix(string(value), "of ") {
		t.Errorf("what all have written: %q, %v", value, err)
	}
}

// contextEndsMidway ends the contexts of calls at any moment: what was told to be written is written, and what was not
// is so wholly or not at all.
func contextEndsMidway(t *testing.T, s services.Store) {
	random := rand.New(rand.NewPCG(1, 2))
	var rev uint64
	last := ""
	late := map[string]bool{} // what was cut short since the last change; one of them may still come
	for n := range 200 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(600))*time.Microsecond)
		value := fmt.Sprint(n, strings.Repeat("x", random.IntN(3000)))
		next, err := s.Put(ctx, "k", []byte(value), rev)
		cancel()
		if err == nil {
			if last, rev = value, next; n%20 == 0 {
				wantValue(t, s, "k", last, rev)
			}
			clear(late)
			continue
		}
		late[value] = true
		got, now, err := s.Get(t.Context(), "k")
		switch {
		case errors.Is(err, services.ErrNotFound) && rev == 0:
		case err != nil:
			t.Fatalf("Get after a Put that was cut short: %v", err)
		case string(got) == last && now == rev:
		case late[string(got)] && now > rev:
			last, rev = string(got), now
			clear(late)
		default:
			t.Fatalf("after a Put that was cut short there are %d bytes at %d, which nobody wrote; there were %d at %d", len(got), now, len(last), rev)
		}
	}
}

// closingMidway closes a store while many goroutines write. It returns the values that they were told are written.
func closingMidway(t *testing.T, s services.Store) (written map[string]string) {
	const workers = 16
	written = make(map[string]string)
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		started = make(chan struct{}, workers)
	)
	for w := range workers {
		wg.Go(func() { // ends when the store is closed
			for n := 0; ; n++ {
				key, value := fmt.Sprintf("midway/%d/%d", w, n), fmt.Sprint(w, " wrote ", n)
				if _, err := s.Put(t.Context(), key, []byte(value), 0); err != nil {
					if errors.Is(err, services.ErrConflict) {
						t.Errorf("Put(%q): %v", key, err)
					}
					return
				}
				mu.Lock()
				written[key] = value
				mu.Unlock()
				if n == 2 {
					started <- struct{}{}
				}
				if n == 100_000 {
					t.Error("the store takes values although it is closed")
					return
				}
			}
		})
	}
	for range workers / 2 {
		<-started
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close while values are written: %v", err)
	}
	wg.Wait() // or the test's deadline names who hangs
	return written
}
