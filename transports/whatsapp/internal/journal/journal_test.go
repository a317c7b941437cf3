package journal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services"
)

var quiet = slog.New(slog.DiscardHandler)

// opened opens the journal of node "a". It is given up when the test ends, as by a process that is killed.
func opened(t testing.TB, s services.Store) *Journal {
	t.Helper()
	j, err := Open(context.Background(), s, "a", quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(j) })
	return j
}

// kill ends a journal's goroutines at once.
func kill(j *Journal) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = j.Close(ctx)
}

func message(id string) Item { return Item{Class: Message, ID: id, Data: []byte("data of " + id)} }

func accept(t testing.TB, j *Journal, ids ...string) {
	t.Helper()
	var items []Item
	for _, id := range ids {
		items = append(items, message(id))
	}
	isNew, err := j.Accept(items)
	if err != nil {
		t.Fatalf("accept %v: %v", ids, err)
	}
	for i, n := range isNew {
		if !n {
			t.Fatalf("%s is not new", ids[i])
		}
	}
}

// state shows items as "a", or "b!" if it was begun.
func state(j *Journal) string {
	var all []string
	for _, i := range j.Items() {
		s := i.ID
		if i.Begun {
			s += "!"
		}
		all = append(all, s)
	}
	return strings.Join(all, " ")
}

func TestWhatWasPromisedSurvives(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	accept(t, j, "a", "b", "c", "d")
	j.Note(Item{Class: Call, ID: "a"})
	if err := j.Begin(t.Context(), Message, "b", "c"); err != nil {
		t.Fatal(err)
	}
	j.Settle(Message, "c")
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	j = opened(t, s)
	if got := state(j); got != "a b! d a" {
		t.Errorf("open after a restart: %s", got)
	}
	if diff := cmp.Diff(message("a"), j.Items()[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	isNew, err := j.Accept([]Item{message("a"), message("b"), message("c"), message("e"), message("e")})
	if err != nil || !cmp.Equal(isNew, []bool{false, false, false, true, false}) {
		t.Errorf("new: %v, %v", isNew, err)
	}
	if j.Known(Call, "c") || !j.Known(Message, "c") || !j.Known(Call, "a") {
		t.Error("the classes are mixed up")
	}
	// What is begun before and after a restart counts as one.
	if err := j.Begin(t.Context(), Message, "a", "b", "nobody"); err != nil {
		t.Fatal(err)
	}
	kill(j)
	if got := state(opened(t, s)); got != "a! b! d a e" {
		t.Errorf("open after two restarts: %s", got)
	}
}

func TestWithoutAStore(t *testing.T) {
	j := opened(t, nil)
	accept(t, j, "a", "b")
	j.Note(Item{Class: Call, ID: "c"})
	if err := j.Begin(t.Context(), Message, "a"); err != nil {
		t.Fatal(err)
	}
	j.Settle(Message, "a")
	if got := state(j); got != "b c" || !j.Known(Message, "a") {
		t.Errorf("open: %s", got)
	}
	if err := j.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := j.Accept([]Item{message("x")}); !errors.Is(err, ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// Whoever comes while a write is under way shares the next one.
func TestGroupCommit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		s.delay = 10 * time.Millisecond
		before := s.written()
		began := time.Now()
		var wg sync.WaitGroup
		for n := range 500 {
			wg.Go(func() {
				id := fmt.Sprint(n)
				if _, err := j.Accept([]Item{message(id)}); err != nil {
					t.Error(err)
				}
				if err := j.Begin(t.Context(), Message, id); err != nil {
					t.Error(err)
				}
				j.Settle(Message, id)
			})
		}
		wg.Wait()
		if took := time.Since(began); took > 50*time.Millisecond || s.written()-before > 5 {
			t.Errorf("%d writes, %v", s.written()-before, took)
		}
		kill(j)
	})
}

func TestAStoreThatFailsForAWhile(t *testing.T) {
	for name, applied := range map[string]bool{"nothing is written": false, "it is written and the answer lost": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newFaulty()
				j := opened(t, s)
				accept(t, j, "old")
				s.set(func(string) (bool, error) { return applied, errBroken })
				time.AfterFunc(time.Second, func() { s.set(nil) })
				accept(t, j, "a")
				if err := j.Err(); err != nil {
					t.Errorf("after it works again: %v", err)
				}
				j.Settle(Message, "old")
				if err := j.Close(t.Context()); err != nil {
					t.Error(err)
				}
				j = opened(t, s)
				if got := state(j); got != "a" {
					t.Errorf("open: %s", got)
				}
				kill(j)
			})
		})
	}
}

func TestAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		accept(t, j, "old", "begun", "done")
		s.set(func(string) (bool, error) { return false, errBroken })
		j.Settle(Message, "done")
		began := time.Now()
		_, err := j.Accept([]Item{message("a")})
		if !errors.Is(err, errBroken) || !errors.Is(j.Err(), errBroken) || !strings.Contains(err.Error(), "journal/a/") {
			t.Fatalf("accept: %v, health: %v", err, j.Err())
		}
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("it took %v; Meta waits for 20 s", took)
		}
		if err := j.Begin(t.Context(), Message, "begun"); !errors.Is(err, errBroken) {
			t.Errorf("begin: %v", err)
		}
		if j.Known(Message, "a") {
			t.Error("a message that was refused is taken for a duplicate")
		}
		s.set(nil)
		accept(t, j, "a")
		if err := j.Begin(t.Context(), Message, "begun"); err != nil || j.Err() != nil {
			t.Errorf("once it works again: %v, %v", err, j.Err())
		}
		kill(j)
		j = opened(t, s)
		if got := state(j); got != "old begun! a" || !j.Known(Message, "done") {
			t.Errorf("open: %s", got)
		}
		kill(j)
	})
}

// What waits when a journal is closed over a store that fails is counted, and nobody waits for ever.
func TestCloseOverAStoreThatFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		accept(t, j, "a")
		s.set(func(string) (bool, error) { return false, errBroken })
		begun := make(chan error, 2)
		go func() { begun <- j.Begin(context.Background(), Message, "a") }()
		synctest.Wait()
		go func() { begun <- j.Begin(context.Background(), Message, "a") }()
		synctest.Wait()
		j.Settle(Message, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := j.Close(ctx); err == nil || !strings.Contains(err.Error(), "1 record") {
			t.Errorf("close: %v", err)
		}
		for range 2 {
			if err := <-begun; err == nil {
				t.Error("it was begun")
			}
		}
		if err := j.Begin(t.Context(), Message, "a"); !errors.Is(err, ErrClosed) {
			t.Errorf("after the end: %v", err)
		}
	})
}

// A write that came through after all, when nobody waited for it any more, leaves the journal sound.
func TestAWriteThatComesThroughLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		last := true
		s.set(func(string) (bool, error) {
			defer func() { last = false }()
			return last, errBroken
		})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		broken := &unreadable{faulty: s, fail: true}
		j.store = broken
		if _, err := j.Accept([]Item{message("a")}); err == nil {
			t.Fatal("it was accepted")
		}
		s.set(nil)
		broken.fail = false
		accept(t, j, "b")
		accept(t, j, "a") // Meta repeats it
		if err := j.Begin(ctx, Message, "b"); err == nil {
			t.Error("a context that has ended did not end the wait")
		}
		j.Settle(Message, "a")
		if err := j.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		j = opened(t, s)
		if got := state(j); got != "b!" || !j.Known(Message, "a") {
			t.Errorf("open: %s", got)
		}
		kill(j)
	})
}

// unreadable is a store that cannot be read for a while.
type unreadable struct {
	*faulty
	fail bool
}

func (u *unreadable) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if u.fail {
		return nil, 0, errBroken
	}
	return u.faulty.Get(ctx, key)
}

func TestTheLastToOpenHasTheJournal(t *testing.T) {
	s := newFaulty()
	first := opened(t, s)
	accept(t, first, "a", "b")
	second := opened(t, s)
	if got := state(second); got != "a b" {
		t.Errorf("the second finds %s", got)
	}
	for range 2 {
		if err := first.Begin(t.Context(), Message, "a"); !errors.Is(err, ErrTaken) {
			t.Errorf("the first begins what is not its own any more: %v", err)
		}
		if _, err := first.Accept([]Item{message("c")}); !errors.Is(err, ErrTaken) {
			t.Errorf("the first accepts: %v", err)
		}
	}
	first.Settle(Message, "a")
	if err := first.foldOnce(); err != nil {
		t.Error(err)
	}
	accept(t, second, "c")
	if err := second.Begin(t.Context(), Message, "a"); err != nil {
		t.Error(err)
	}
	if err := first.Err(); !errors.Is(err, ErrTaken) {
		t.Errorf("the first's health: %v", err)
	}
	kill(second)
	if got := state(opened(t, s)); got != "a! b c" {
		t.Errorf("in the end: %s", got)
	}
	other, err := Open(t.Context(), s, "other", quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer kill(other)
	if got := state(other); got != "" {
		t.Errorf("another node finds %s", got)
	}
}

// A folder that did not notice yet that the journal is taken deletes nothing of the new owner's.
func TestTheLoserFoldsNothing(t *testing.T) {
	s := newFaulty()
	first := opened(t, s)
	accept(t, first, "a")
	second := opened(t, s)
	first.Settle(Message, "a")
	if err := first.foldOnce(); err != nil && !errors.Is(err, ErrTaken) {
		t.Error(err)
	}
	if !errors.Is(first.Err(), ErrTaken) {
		t.Errorf("health: %v", first.Err())
	}
	kill(second)
	if got := state(opened(t, s)); got != "a" {
		t.Errorf("open: %q", got)
	}
}

// The store stays small, whatever goes through the journal, even if one item stays open, and the ids are known.
func TestFolding(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	accept(t, j, "first", "begun")
	if err := j.Begin(t.Context(), Message, "begun"); err != nil {
		t.Fatal(err)
	}
	n := 10 * usualLimits().fold
	for i := range n {
		id := fmt.Sprint(i)
		accept(t, j, id)
		j.Settle(Message, id)
	}
	// The folder may lag behind on a busy machine.
	for deadline := time.Now().Add(20 * time.Second); s.count("/") > 2*usualLimits().segments(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d keys for 2 open items", s.count("/"))
		}
	}
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	j = opened(t, s)
	if got := state(j); got != "first begun!" && got != "begun! first" {
		t.Errorf("open: %s", got)
	}
	for i := range n {
		if !j.Known(Message, fmt.Sprint(i)) {
			t.Fatalf("%d is forgotten", i)
		}
	}
	j.Settle(Message, "first", "begun")
	accept(t, j, "last") // what was settled is written
	j.Settle(Message, "last")
	accept(t, j, "one")
	if err := j.foldOnce(); err != nil {
		t.Fatal(err)
	}
	kill(j)
	j = opened(t, s)
	if left := s.count("/"); left > 10 || !j.Known(Message, "first") || !j.Known(Message, "77") || state(j) != "one" {
		t.Errorf("%d keys are left; open: %s", left, state(j))
	}
}

// A process that is killed while it folds leaves a journal that is whole, and nothing that is never deleted.
func TestAFoldThatIsCutShort(t *testing.T) {
	for _, after := range []string{"known", "checkpoint", "nothing"} {
		s := newFaulty()
		j := opened(t, s)
		for i := range 20 {
			accept(t, j, fmt.Sprint(i))
		}
		j.Settle(Message, "0", "1", "2", "3", "4")
		accept(t, j, "x")
		stop := &undeletable{faulty: s}
		j.store = stop
		s.set(func(key string) (bool, error) {
			if after == "known" && strings.Contains(key, "known") || after == "checkpoint" && key == "journal/a" {
				return true, errBroken
			}
			return true, nil
		})
		if err := j.foldOnce(); err == nil {
			t.Errorf("%s: nothing failed", after)
		}
		s.set(nil)
		kill(j)
		j = opened(t, s)
		if got := state(j); got != "5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 x" || !j.Known(Message, "4") {
			t.Errorf("%s: open: %s", after, got)
		}
		j.Settle(Message, strings.Fields(state(j))...)
		accept(t, j, "y")
		if err := j.foldOnce(); err != nil {
			t.Fatal(err)
		}
		if n := s.count("/"); n > 5 {
			t.Errorf("%s: %d keys are left", after, n)
		}
	}
}

// What is known to be settled is settled, also if nothing but the block says so.
func TestABlockIsAheadOfTheSegments(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	accept(t, j, "a", "b")
	s.set(func(key string) (bool, error) {
		if strings.HasPrefix(key, j.keys.segment(2)) {
			return false, errBroken
		}
		return true, nil
	})
	j.Settle(Message, "a")
	if err := j.foldOnce(); err != nil {
		t.Fatal(err)
	}
	kill(j)
	s.set(nil)
	j = opened(t, s)
	if got := state(j); got != "b" || !j.Known(Message, "a") {
		t.Errorf("open: %s", got)
	}
}

type undeletable struct{ *faulty }

func (u *undeletable) Delete(context.Context, string) error { return errBroken }

func TestDamage(t *testing.T) {
	flip := func(at int) func([]byte) []byte {
		return func(v []byte) []byte {
			v = bytes.Clone(v)
			v[len(v)-at]++
			return v
		}
	}
	short := func(v []byte) []byte { return v[:len(v)-3] }
	nothing := func([]byte) []byte { return nil }
	for _, tt := range []struct {
		name   string
		key    func(keys) string
		change func([]byte) []byte
		want   string
		log    string
	}{
		{"a record", func(k keys) string { return k.segment(1) }, flip(1), "b c", "record 1"},
		{"the end of a segment", func(k keys) string { return k.segment(1) }, short, "b c", "record 1"},
		{"the beginning of a segment", func(k keys) string { return k.segment(2) }, func([]byte) []byte { return []byte("xyz") }, "a c", "/2"},
		{"an empty segment", func(k keys) string { return k.segment(2) }, nothing, "a c", "does not begin"},
		{"the checkpoint", keys.checkpoint, short, "", "journal/a"},
		{"the checkpoint's numbers", keys.checkpoint, func(v []byte) []byte {
			return bytes.ReplaceAll(v, []byte(`"known_end":0`), []byte(`"known_end":99999999999`))
		}, "", "numbers"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newFaulty()
			j := opened(t, s)
			for _, id := range []string{"a", "b", "c"} {
				accept(t, j, id)
			}
			kill(j)
			s.damage(tt.key(j.keys), tt.change)
			var log bytes.Buffer
			j, err := Open(t.Context(), s, "a", slog.New(slog.NewTextHandler(&log, nil)))
			if err != nil {
				t.Fatal(err)
			}
			if got := state(j); got != tt.want || j.Damaged() != 1 || !strings.Contains(log.String(), tt.log) {
				t.Errorf("open: %q, %d damaged, log:\n%s", got, j.Damaged(), log.String())
			}
			accept(t, j, "d")
			kill(j)
			want := strings.TrimSpace(tt.want + " d")
			if got := state(opened(t, s)); got != want {
				t.Errorf("after another restart: %s, want %s", got, want)
			}
		})
	}
}

// A segment that is gone does not hide those behind it.
func TestAGap(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	for _, id := range []string{"a", "b", "c"} {
		accept(t, j, id)
	}
	kill(j)
	if err := s.Delete(t.Context(), j.keys.segment(2)); err != nil {
		t.Fatal(err)
	}
	j = opened(t, s)
	if got := state(j); got != "a c" || j.Damaged() != 1 {
		t.Errorf("open: %s, %d damaged", got, j.Damaged())
	}
}

func TestDamagedBlock(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"cut short": func(v []byte) []byte { return v[:len(v)-1] },
		"another id": func(v []byte) []byte {
			v = bytes.Clone(v)
			v[len(v)-1]++
			return v
		},
	} {
		t.Run(name, func(t *testing.T) { damagedBlock(t, change) })
	}
}

func damagedBlock(t *testing.T, change func([]byte) []byte) {
	s := newFaulty()
	j := opened(t, s)
	accept(t, j, "a", "b")
	j.Settle(Message, "a")
	accept(t, j, "c")
	if err := j.foldOnce(); err != nil {
		t.Fatal(err)
	}
	kill(j)
	s.damage(j.keys.block(0), change)
	j = opened(t, s)
	if got := state(j); got != "b c" || j.Damaged() != 1 {
		t.Errorf("open: %s, %d damaged", got, j.Damaged())
	}
	j.Settle(Message, "b")
	accept(t, j, "d")
	if err := j.foldOnce(); err != nil {
		t.Fatal(err)
	}
	kill(j)
	if j = opened(t, s); !j.Known(Message, "b") || j.Damaged() != 0 {
		t.Errorf("after another restart: %s, %d damaged", state(j), j.Damaged())
	}
}

func TestIDsAreForgottenAfterTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		for day := range 12 {
			accept(t, j, fmt.Sprint(day))
			j.Settle(Message, fmt.Sprint(day))
			accept(t, j, fmt.Sprint("flush", day))
			j.Settle(Message, fmt.Sprint("flush", day-1))
			if err := j.foldOnce(); err != nil {
				t.Fatal(err)
			}
			time.Sleep(25 * time.Hour)
		}
		kill(j)
		j = opened(t, s)
		if j.Known(Message, "1") || !j.Known(Message, "5") || !j.Known(Message, "11") {
			t.Errorf("known: 1 %v, 5 %v, 11 %v", j.Known(Message, "1"), j.Known(Message, "5"), j.Known(Message, "11"))
		}
		if n := s.count("known"); n > 9 {
			t.Errorf("%d blocks are stored", n)
		}
		kill(j)
	})
}

func TestBounds(t *testing.T) {
	k := newKnown(usualLimits())
	now := time.Now()
	l := usualLimits()
	most := l.blocks * l.blockIDs
	for h := range uint64(most + 3*l.blockIDs) {
		k.add(h, now)
	}
	k.expire(now)
	if len(k.in) != most || k.has(0) || !k.has(3*uint64(l.blockIDs)) || k.first != 3 || k.end() != uint64(l.blocks)+3 {
		t.Errorf("%d ids, blocks %d to %d", len(k.in), k.first, k.end())
	}
	j := opened(t, nil)
	items := make([]Item, l.items)
	for i := range items {
		items[i] = message(fmt.Sprint(i))
	}
	if _, err := j.Accept(items); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Accept([]Item{message("x")}); !errors.Is(err, ErrFull) {
		t.Errorf("beyond the limit: %v", err)
	}
}

func TestLargeItems(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	var items []Item
	for i := range 5 {
		items = append(items, Item{Class: Message, ID: fmt.Sprint(i), Data: bytes.Repeat([]byte{byte(i)}, 200<<10)})
	}
	items = append(items, Item{Class: Message, ID: "huge", Data: make([]byte, 3<<20)})
	if _, err := j.Accept(items); err != nil {
		t.Fatal(err)
	}
	kill(j)
	j = opened(t, s)
	for n, got := range j.Items() {
		if got.ID != items[n].ID || !bytes.Equal(got.Data, items[n].Data) {
			t.Errorf("item %d is changed", n)
		}
	}
	if n := len(j.Items()); n != len(items) {
		t.Errorf("%d items", n)
	}
	for n := j.first; n < j.tail; n++ {
		v, _, _ := s.Get(t.Context(), j.keys.segment(n))
		if _, records, _ := readSegment(v); len(v) > usualLimits().segment && len(records) > 1 {
			t.Errorf("segment %d has %d bytes in %d records", n, len(v), len(records))
		}
	}
}

func TestNodes(t *testing.T) {
	for _, bad := range []string{"", "a/b", "a b", strings.Repeat("x", 65), "ä"} {
		if _, err := Open(t.Context(), newFaulty(), bad, quiet); !errors.Is(err, ErrNode) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := CheckNode("bot-1.example_2"); err != nil {
		t.Error(err)
	}
}

func TestOpenFailsWithItsStore(t *testing.T) {
	s := newFaulty()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), s, "a", quiet); err == nil || !strings.Contains(err.Error(), "journal/a") {
		t.Errorf("got %v", err)
	}
}
