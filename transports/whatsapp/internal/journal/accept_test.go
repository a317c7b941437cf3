package journal

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However slow the store is, and however much waits for it, nobody who brings an item waits longer than Meta does.
func TestASlowStoreRefusesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		s.delay = 4 * time.Second // each segment
		var wg sync.WaitGroup
		var mu sync.Mutex
		taken, refused := map[string]bool{}, map[string]bool{}
		bring := func(id string) {
			began := time.Now()
			item := message(id)
			item.Data = make([]byte, j.limits.segment*2/3) // one segment each
			isNew, err := j.Accept([]Item{item})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil && isNew[0]:
				taken[id] = true
			case errors.Is(err, ErrSlow):
				refused[id] = true
			default:
				t.Errorf("%s: new %v, %v", id, isNew, err)
			}
			if took := time.Since(began); took > acceptLimit+time.Millisecond {
				t.Errorf("%s waited %v", id, took)
			}
		}
		for n := range 20 {
			wg.Go(func() { bring(fmt.Sprint(n)) })
			time.Sleep(500 * time.Millisecond)
		}
		if err := j.Err(); !errors.Is(err, ErrSlow) {
			t.Errorf("health: %v", err)
		}
		began := time.Now()
		bring("late") // it is known by now that the store is too slow
		if took := time.Since(began); took != 0 {
			t.Errorf("a refusal took %v", took)
		}
		wg.Wait()
		if len(taken) == 0 || len(refused) < 10 {
			t.Errorf("taken %v, refused %v", taken, refused)
		}
		time.Sleep(5 * time.Minute) // all of it is written
		synctest.Wait()
		s.delay = 0
		if err := j.Err(); err != nil {
			t.Errorf("health, later: %v", err)
		}
		for id := range refused { // Meta sends it again
			if j.Known(Message, id) {
				t.Errorf("%s was refused and is known", id)
			}
			if isNew, err := j.Accept([]Item{message(id)}); err != nil || !isNew[0] {
				t.Errorf("%s comes again: new %v, %v", id, isNew, err)
			}
		}
		if n := len(j.Items()); n != len(taken)+len(refused) {
			t.Errorf("%d items are open, want %d", n, len(taken)+len(refused))
		}
		for _, i := range j.Items() {
			j.Settle(i.Class, i.ID)
		}
		if err := j.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if got := state(opened(t, s)); got != "" {
			t.Errorf("open after a restart: %s", got)
		}
	})
}

// One who brings what somebody else is bringing is not told that it was accepted if that one gives up.
func TestTwoBringTheSameToASlowStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		s.delay = 4500 * time.Millisecond
		var wg sync.WaitGroup
		wg.Go(func() { // it takes 13.5 s to be stored
			big := []Item{message("x"), message("y"), message("a")}
			for n := range big {
				big[n].Data = make([]byte, j.limits.segment*2/3)
			}
			if _, err := j.Accept(big); !errors.Is(err, ErrSlow) {
				t.Errorf("the first: %v", err)
			}
		})
		time.Sleep(5 * time.Second)
		wg.Go(func() {
			if _, err := j.Accept([]Item{message("a")}); !errors.Is(err, ErrSlow) {
				t.Errorf("the second: %v", err)
			}
		})
		wg.Wait()
		time.Sleep(time.Minute)
		if j.Known(Message, "a") {
			t.Error("nobody has it, and it counts as accepted")
		}
		kill(j)
	})
}
