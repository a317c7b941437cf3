package whatsapp

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// turnClock ends a turn that takes too long. It stands still while the turn waits for Meta's limits, which may take
// minutes and is nobody's fault: the answer is there and must not be lost.
type turnClock struct {
	mu    sync.Mutex
	timer *time.Timer
	left  time.Duration // when it began to run
	began time.Time
	holds int // those for whom it stands still
}

type turnClockKey struct{}

// tooSlow is the cause with which a turn's clock ends it. It is made for every turn, and written out only when it comes to
// that.
type tooSlow struct {
	kind  error // that it wraps
	what  string
	limit time.Duration
}

func (e *tooSlow) Error() string { return fmt.Sprintf("%v: %s within %v", e.kind, e.what, e.limit) }
func (e *tooSlow) Unwrap() error { return e.kind }

// withTurnClock returns a context that ends with a cause when the time is over. It has no deadline to look at, since it is
// not known yet. Call cancel to free it.
func withTurnClock(ctx context.Context, limit time.Duration, over error) (_ context.Context, cancel context.CancelFunc) {
	c := &turnClock{left: limit, began: time.Now()}
	ctx, end := context.WithCancelCause(context.WithValue(ctx, turnClockKey{}, c))
	c.timer = time.AfterFunc(limit, func() { end(over) })
	return ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.holds++ // nobody starts it again
		c.timer.Stop()
		end(nil)
	}
}

// holdTurnClock lets the clock of a context, if it has one, stand still until goOn is called.
func holdTurnClock(ctx context.Context) (goOn func()) {
	c, ok := ctx.Value(turnClockKey{}).(*turnClock)
	if !ok {
		return func() {}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds++
	if c.holds == 1 && c.timer.Stop() {
		c.left = max(0, c.left-time.Since(c.began))
	}
	return c.goOn
}

func (c *turnClock) goOn() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.holds--
	if c.holds == 0 {
		c.began = time.Now()
		c.timer.Reset(c.left)
	}
}
