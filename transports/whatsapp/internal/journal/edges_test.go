package journal

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The eight days of each id begin when it was settled, and not when its block began.
func TestLastOfABlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		j := opened(t, s)
		accept(t, j, "a", "b")
		j.Settle(Message, "a")
		time.Sleep(20 * time.Hour)
		j.Settle(Message, "b")
		accept(t, j, "flush")
		if err := j.foldOnce(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(knownFor - time.Hour)
		if err := j.foldOnce(); err != nil {
			t.Fatal(err)
		}
		if !j.Known(Message, "b") {
			t.Error("b is forgotten early")
		}
		kill(j)
		if j = opened(t, s); !j.Known(Message, "b") {
			t.Error("b is forgotten early after a restart")
		}
		kill(j)
	})
}

// What waits for a store that is slow is bounded.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFaulty()
		l := usualLimits()
		l.queued = 1000
		j, err := open(t.Context(), s, "a", quiet, l)
		if err != nil {
			t.Fatal(err)
		}
		s.delay = time.Second
		results := make(chan error, 50)
		for n := range cap(results) {
			go func() {
				_, err := j.Accept([]Item{{Class: Message, ID: strings.Repeat("x", n+1), Data: make([]byte, 100)}})
				results <- err
			}()
			synctest.Wait()
		}
		full := 0
		for range cap(results) {
			switch err := <-results; {
			case errors.Is(err, ErrFull):
				full++
			case err != nil:
				t.Error(err)
			}
		}
		if full < 30 || full > 45 {
			t.Errorf("%d of %d are refused", full, cap(results))
		}
		kill(j)
	})
}
