package whatsapp

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// slowReading is after what time a file has taken long: a thousand times as long as most take.
	slowReading = 3 * time.Second
	// slowFor is for how long a user whose file has taken long is slow.
	slowFor = 5 * time.Minute
)

// turnstile lets a number of files be read at once, and of one user only some of them: who sends ten does not keep
// others waiting. Users wait in the order in which they came. It is safe for concurrent use.
type turnstile struct {
	// each is how many places one user may have.
	each int
	// reserve is how many places users do not get whose last file took long, so that those who send files that are made
	// to take long wait for each other and not others for them.
	reserve int

	mu      sync.Mutex
	free    int
	waiting []*waiter
	inside  map[string]int       // how many places users have
	slow    map[string]time.Time // until when users are slow
}

// waiter is a user who waits for a place.
type waiter struct {
	user    string
	granted chan struct{} // closed when the place is the user's
}

func newTurnstile(places, each, reserve int) *turnstile {
	return &turnstile{each: each, reserve: reserve, free: places, inside: make(map[string]int), slow: make(map[string]time.Time)}
}

// enter waits for a place, until ctx ends. The place must be given back with leave, once.
func (t *turnstile) enter(ctx context.Context, user string) (leave func(), err error) {
	w := &waiter{user: user, granted: make(chan struct{})}
	t.mu.Lock()
	t.waiting = append(t.waiting, w)
	t.grant()
	t.mu.Unlock()
	select {
	case <-w.granted:
	case <-ctx.Done():
		t.mu.Lock()
		i := slices.Index(t.waiting, w)
		if i >= 0 {
			t.waiting = slices.Delete(t.waiting, i, i+1)
		}
		t.mu.Unlock()
		if i < 0 { // it was granted just now
			t.leave(user)
		}
		return nil, context.Cause(ctx)
	}
	return func() { t.leave(user) }, nil
}

// leave gives a place back.
func (t *turnstile) leave(user string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.free++
	if t.inside[user]--; t.inside[user] == 0 {
		delete(t.inside, user)
	}
	t.grant()
}

// tookLong takes note of how long a user's file took to read, which is not how long it took to come.
func (t *turnstile) tookLong(user string, d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d < slowReading {
		delete(t.slow, user)
		return
	}
	now := time.Now()
	for u, until := range t.slow { // few: each has held a place for seconds
		if now.After(until) {
			delete(t.slow, u)
		}
	}
	t.slow[user] = now.Add(slowFor)
}

// grant gives places to those who may have them. It needs the lock.
func (t *turnstile) grant() {
	now := time.Now()
	t.waiting = slices.DeleteFunc(t.waiting, func(w *waiter) bool {
		needs := 1
		if now.Before(t.slow[w.user]) {
			needs += t.reserve
		}
		if t.free < needs || t.inside[w.user] >= t.each {
			return false
		}
		t.free--
		t.inside[w.user]++
		close(w.granted)
		return true
	})
}
