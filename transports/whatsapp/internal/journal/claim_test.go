package journal

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
)

// common is a store that several nodes use.
type common struct{ services.Store }

func (common) Shared() {}

// node opens the journal of a node.
func node(t testing.TB, name string, s services.Store) *Journal {
	t.Helper()
	j, err := Open(context.Background(), s, name, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(j) })
	return j
}

// claim asks for an item.
func claim(t testing.TB, j *Journal, id string) bool {
	t.Helper()
	mine, err := j.Claim(t.Context(), Message, id)
	if err != nil {
		t.Fatal(err)
	}
	return mine
}

func TestOneNodeHasTheClaim(t *testing.T) {
	s := common{newFaulty()}
	a, b := node(t, "a", s), node(t, "b", s)
	if !claim(t, a, "1") || claim(t, b, "1") || !claim(t, a, "1") || !claim(t, b, "2") || claim(t, a, "2") {
		t.Error("not the first has it")
	}
	kill(a)
	if a = node(t, "a", s); !claim(t, a, "1") || claim(t, a, "2") {
		t.Error("a restart changed it")
	}
	if mine, err := a.Claim(t.Context(), Call, "2"); err != nil || !mine {
		t.Errorf("classes are mixed up: %v, %v", mine, err)
	}
}

func TestClaimsOnAStoreOfOneProcessCostNothing(t *testing.T) {
	s := newFaulty()
	a := opened(t, s)
	before := s.written()
	if !claim(t, a, "1") || s.written() != before || a.Shared() || !claim(t, opened(t, nil), "1") {
		t.Error("it is asked")
	}
}

// A node that does not hear the store's answer asks again, and has what it had.
func TestAClaimWhoseAnswerIsLost(t *testing.T) {
	f := newFaulty()
	s := common{f}
	a, b := node(t, "a", s), node(t, "b", s)
	for _, tt := range []struct{ applied, mine bool }{{true, true}, {false, false}} {
		f.set(func(string) (bool, error) { return tt.applied, errBroken })
		id := fmt.Sprint("lost ", tt.applied)
		if mine, err := a.Claim(t.Context(), Message, id); err == nil || mine {
			t.Fatalf("%v, %v", mine, err)
		}
		f.set(nil)
		if theirs, mine := claim(t, b, id), claim(t, a, id); mine != tt.mine || theirs == mine {
			t.Errorf("applied %v: a has it %v, b %v", tt.applied, mine, theirs)
		}
	}
}

func TestADamagedClaimIsReplaced(t *testing.T) {
	f := newFaulty()
	s := common{f}
	a, b := node(t, "a", s), node(t, "b", s)
	claim(t, a, "1")
	f.damage(claimKey(hashOf(key(Message, "1"))), func([]byte) []byte { return []byte("\x00") })
	if !claim(t, b, "1") || claim(t, a, "1") {
		t.Error("not one of them has it")
	}
}

// fickle is a store in which claims come and go.
type fickle struct {
	services.Store
	gone bool // for who looks at it
}

func (f *fickle) Shared() {}

func (f *fickle) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if strings.HasPrefix(key, "journal-claim/") {
		return 0, services.ErrConflict
	}
	return f.Store.Put(ctx, key, value, revision)
}

func (f *fickle) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if strings.HasPrefix(key, "journal-claim/") && !f.gone {
		return nil, 0, errBroken
	}
	return f.Store.Get(ctx, key)
}

func TestAClaimThatCannotBeSeen(t *testing.T) {
	for _, gone := range []bool{false, true} {
		a := node(t, "a", &fickle{memory.New(), gone})
		if mine, err := a.Claim(t.Context(), Message, "1"); err == nil || mine {
			t.Errorf("gone %v: %v, %v", gone, mine, err)
		}
	}
}

// stiff is a store that deletes nothing as long as it is told to.
type stiff struct {
	*faulty
	is atomic.Bool
}

func (s *stiff) Shared() {}

func (s *stiff) Delete(ctx context.Context, key string) error {
	if s.is.Load() && strings.HasPrefix(key, "journal-claim/") {
		return errBroken
	}
	return s.faulty.Delete(ctx, key)
}

// The node that has claimed something removes the claim when it forgets the item, and no other does.
func TestClaimsAreRemovedAfterTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &stiff{faulty: newFaulty()}
		a, b := node(t, "a", s), node(t, "b", s)
		for n := range 100 {
			id := fmt.Sprint(n)
			accept(t, a, id)
			accept(t, b, id)
			claim(t, a, id)
			claim(t, b, id)
			b.Settle(Message, id)
			if n > 0 {
				a.Settle(Message, id)
			}
		}
		fold := func(j *Journal) {
			t.Helper()
			synctest.Wait()
			if err := j.foldOnce(); err != nil {
				t.Fatal(err)
			}
		}
		claims := func(want int) {
			t.Helper()
			if n := s.count("journal-claim/"); n != want {
				t.Errorf("%d claims, want %d", n, want)
			}
		}
		time.Sleep(knownFor - time.Hour)
		fold(a)
		claims(100)
		time.Sleep(2 * time.Hour)
		fold(b)
		claims(100)
		s.is.Store(true)
		fold(a)
		claims(100)
		s.is.Store(false)
		fold(a)
		claims(1) // what is open is not forgotten
		kill(a)

		// What was forgotten while the node was away is removed after its start.
		a = node(t, "a", s)
		a.Settle(Message, "0")
		fold(a)
		kill(a)
		time.Sleep(knownFor + time.Hour)
		a = node(t, "a", s)
		fold(a)
		claims(0)
		kill(a)
		kill(b)
	})
}

// However many claims there are, some are removed at a time, and the list of the rest has an end.
func TestForgettingIsBounded(t *testing.T) {
	f := newFaulty()
	l := usualLimits()
	l.blocks, l.blockIDs = 2, forgetAtOnce
	j, err := open(t.Context(), common{f}, "a", quiet, l)
	if err != nil {
		t.Fatal(err)
	}
	defer kill(j)
	now := time.Now()
	j.mu.Lock()
	for n := range 6 * l.blockIDs {
		j.known.add(uint64(n), now)
		if n%l.blockIDs == 0 {
			j.forget(now)
		}
	}
	j.forget(now)
	waiting := len(j.forgotten)
	j.mu.Unlock()
	j.unclaim()
	if left := len(j.forgotten); waiting != l.blocks*l.blockIDs || left != waiting-forgetAtOnce {
		t.Errorf("%d waited, %d after one fold", waiting, left)
	}
}
