package remote

import (
	"context"
	"errors"
	"sync"
	"time"
)

// attempts is how many attempts fit into a call's time if the server swallows each without a word, as happens to
// a request that was under way when the server died.
const attempts = 3

// The pause between two attempts doubles from minPause to maxPause: short enough for a restart to be noticed
// quickly, long enough to spare a server that is starting.
const (
	minPause = 10 * time.Millisecond
	maxPause = 250 * time.Millisecond
)

// Calls runs the calls of one store. It is safe for concurrent use.
type Calls struct {
	timeout time.Duration

	mu     sync.Mutex
	closed bool
	active sync.WaitGroup // the calls under way
}

// New returns a Calls that gives each call the timeout, or less if the call's own context ends earlier.
func New(timeout time.Duration) *Calls { return &Calls{timeout: timeout} }

// Do runs try until it succeeds or fails for good; again tells which failures are worth another attempt. The
// context that try gets ends with its attempt. Do returns what try returned, ErrClosed, the error of ctx if it was
// cancelled, or an *Away when the time was over.
func (c *Calls) Do(ctx context.Context, try func(ctx context.Context) error, again func(error) bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !c.enter() {
		return ErrClosed
	}
	defer c.active.Done()
	begun := time.Now()
	all, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var cause error
	for pause := minPause; ; pause = min(2*pause, maxPause) {
		attempt, end := context.WithTimeout(all, c.timeout/attempts)
		err := try(attempt)
		end()
		late := errors.Is(err, context.DeadlineExceeded)
		switch {
		case err == nil:
			return nil
		case errors.Is(ctx.Err(), context.Canceled):
			return ctx.Err()
		case !late && !again(err):
			return err
		case cause == nil || !late: // that time passed is said anyway: an earlier reason says more
			cause = err
		}
		select {
		case <-time.After(pause):
		case <-all.Done():
		}
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return ctx.Err()
		case all.Err() != nil:
			return &Away{After: time.Since(begun), Cause: cause}
		}
	}
}

func (c *Calls) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.active.Add(1)
	}
	return !c.closed
}

// Close waits for the calls under way, none of which lasts longer than the timeout; later ones fail. It reports
// whether it was the first.
func (c *Calls) Close() (first bool) {
	c.mu.Lock()
	first, c.closed = !c.closed, true
	c.mu.Unlock()
	c.active.Wait()
	return first
}
