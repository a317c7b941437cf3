package whatsapp

import (
	"sync"
	"time"
)

const (
	// windowLength is how long after a message or call of a user Meta lets the business write freely.
	windowLength = 24 * time.Hour
	// maxActive bounds how many users are counted; beyond it the count is too low.
	maxActive = 1 << 20
)

// activity knows when each user was heard of last, for a day. It is safe for concurrent use.
type activity struct {
	mu    sync.Mutex
	last  map[string]time.Time
	swept time.Time
}

// note remembers that a user was heard of.
func (a *activity) note(user string, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.last == nil {
		a.last, a.swept = make(map[string]time.Time), now
	}
	if now.Sub(a.swept) > time.Hour {
		a.sweep(now)
	}
	if _, known := a.last[user]; known || len(a.last) < maxActive {
		a.last[user] = now
	}
}

// active counts the users of the last 24 hours.
func (a *activity) active(now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sweep(now)
	return len(a.last)
}

// sweep forgets users whose day is over. It needs the lock.
func (a *activity) sweep(now time.Time) {
	a.swept = now
	for user, t := range a.last {
		if now.Sub(t) >= windowLength {
			delete(a.last, user)
		}
	}
}
