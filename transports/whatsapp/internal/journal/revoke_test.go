package journal

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// What was begun and did certainly not happen is to be done after a restart; begun anew, it is not, in whichever order the
// journal was shortened meanwhile.
func TestRevoke(t *testing.T) {
	s := newFaulty()
	j := opened(t, s)
	accept(t, j, "a", "b", "c", "d")
	begin := func(ids ...string) {
		t.Helper()
		if err := j.Begin(t.Context(), Message, ids...); err != nil {
			t.Fatal(err)
		}
	}
	begin("a", "b", "c")
	j.Revoke(Message, "a", "b", "d", "nobody")
	j.Revoke(Message, "a")
	begin("b")
	if got := state(j); got != "a b! c! d" {
		t.Errorf("open: %s", got)
	}
	j.mu.Lock()
	j.carry(j.tail + 1) // all of them are written again
	j.mu.Unlock()
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	j = opened(t, s)
	if got := state(j); got != "a b! c! d" {
		t.Errorf("open after a restart: %s", got)
	}
	begin("a")
	j.Revoke(Message, "b")
	if err := j.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := state(opened(t, s)); got != "a! b c! d" {
		t.Errorf("open after two restarts: %s", got)
	}
}

// Nothing is revoked while it is not known whether the beginning is stored.
func TestRevokeWhileItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		accept(t, j, "a")
		s.delay = time.Second
		begun := make(chan error)
		go func() { begun <- j.Begin(t.Context(), Message, "a") }()
		synctest.Wait()
		j.Revoke(Message, "a")
		if err := <-begun; err != nil {
			t.Fatal(err)
		}
		if got := state(j); got != "a!" {
			t.Errorf("open: %s", got)
		}
		kill(j)
	})
}

func TestRevokeWithoutAStore(t *testing.T) {
	j := opened(t, nil)
	accept(t, j, "a")
	if err := j.Begin(t.Context(), Message, "a"); err != nil {
		t.Fatal(err)
	}
	j.Revoke(Message, "a")
	if got := state(j); got != "a" {
		t.Errorf("open: %s", got)
	}
}

// What could not be stored is tried again before what came later: a message that was revoked and begun anew counts as begun.
func TestAFailedRevokeStaysInItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		accept(t, j, "a")
		if err := j.Begin(t.Context(), Message, "a"); err != nil {
			t.Fatal(err)
		}
		s.set(func(string) (bool, error) { return false, errBroken })
		j.Revoke(Message, "a")
		synctest.Wait() // it is being written
		begun := make(chan error, 1)
		go func() { begun <- j.Begin(t.Context(), Message, "a") }()
		for !errors.Is(j.Err(), errBroken) {
			time.Sleep(10 * time.Millisecond)
		}
		s.set(nil)
		if err := <-begun; err != nil {
			t.Fatal(err)
		}
		kill(j)
		j = opened(t, s)
		if got := state(j); got != "a!" {
			t.Errorf("open after a restart: %s", got)
		}
		kill(j)
	})
}
