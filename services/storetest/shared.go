package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/parley-voice/parley/services"
)

// Shared tests a store that several nodes have open at once. open is called with a subtest of its own for each
// aspect and must return two clients of one empty store; Shared closes them.
func Shared(t *testing.T, open func(t *testing.T) (one, other services.Store)) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, one, other services.Store)
	}{
		{"shared sight", sharedSight},
		{"shared counter", sharedCounter},
		{"shared create", sharedCreate},
		{"shared close", sharedClose},
	} {
		t.Run(c.name, func(t *testing.T) {
			one, other := open(t)
			if !services.Shares(one) {
				t.Error("the store does not say that it is shared: it lacks services.Shared")
			}
			t.Cleanup(func() { one.Close(); other.Close() })
			c.test(t, one, other)
		})
	}
}

// sharedSight has what one client was told is written be there for the other, at once.
func sharedSight(t *testing.T, one, other services.Store) {
	var rev uint64
	for i := range 20 {
		rev = put(t, one, "k", strconv.Itoa(i), rev)
		wantValue(t, other, "k", strconv.Itoa(i), rev)
		one, other = other, one
	}
	if err := one.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	wantMissing(t, other, "k")
	wantConflict(t, other, "k", rev)
	if anew := put(t, other, "k", "anew", 0); anew <= rev {
		t.Errorf("revision %d of a key written anew, want more than %d", anew, rev)
	}
	wantConflict(t, one, "k", rev)
	wantConflict(t, one, "k", 0)
}

func sharedCounter(t *testing.T, one, other services.Store) {
	const workers, rounds = 3, 15 // of each client
	var wg sync.WaitGroup
	for _, s := range []services.Store{one, other} {
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
	}
	wg.Wait()
	for _, s := range []services.Store{one, other} {
		got, _, err := s.Get(t.Context(), "n")
		if err != nil || string(got) != strconv.Itoa(2*workers*rounds) {
			t.Errorf("counted %q, %v, want %d", got, err, 2*workers*rounds)
		}
	}
}

func sharedCreate(t *testing.T, one, other services.Store) {
	const keys = 30
	won := make([][2]bool, keys)
	var wg sync.WaitGroup
	for i, s := range []services.Store{one, other} {
		wg.Go(func() { // ends after all keys
			for k := range keys {
				_, err := s.Put(t.Context(), fmt.Sprint("key", k), []byte{byte(i)}, 0)
				if err != nil && !errors.Is(err, services.ErrConflict) {
					t.Error(err)
				}
				won[k][i] = err == nil
			}
		})
	}
	wg.Wait()
	for k := range keys {
		if won[k][0] == won[k][1] {
			t.Errorf("key%d was created by both clients or by none", k)
			continue
		}
		winner := byte(0)
		if won[k][1] {
			winner = 1
		}
		if value, _, err := one.Get(t.Context(), fmt.Sprint("key", k)); err != nil || len(value) != 1 || value[0] != winner {
			t.Errorf("key%d holds %v, %v, want what client %d wrote", k, value, err, winner)
		}
	}
}

func sharedClose(t *testing.T, one, other services.Store) {
	rev := put(t, one, "k", "x", 0)
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	wantValue(t, other, "k", "x", rev)
}
