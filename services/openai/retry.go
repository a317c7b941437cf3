package openai

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// firstBackoff is the pause before the second attempt; it doubles with each further one. Somebody waits at the
	// other end of a telephone, so it is short.
	firstBackoff = 100 * time.Millisecond
	// maxRetryAfter is the longest pause that a server may ask for. Past it, failing at once is the better answer.
	maxRetryAfter = 2 * time.Second
)

// retryAfter is the pause that a server asked for.
type retryAfter struct {
	d   time.Duration
	set bool
}

func readRetryAfter(h http.Header) retryAfter {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms >= 0 && ms < 1e9 {
		return retryAfter{time.Duration(ms * float64(time.Millisecond)), true}
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s >= 0 && s < 1e6 {
		return retryAfter{time.Duration(s * float64(time.Second)), true}
	}
	if t, err := http.ParseTime(v); err == nil {
		return retryAfter{max(time.Until(t), 0), true}
	}
	return retryAfter{}
}

// retryDelay says whether a failed attempt (the first is 0) is worth another, and after which pause.
func retryDelay(err error, attempt int) (time.Duration, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return 0, false
	}
	switch e.Kind {
	case ErrUnreachable, ErrServer, ErrRateLimited, ErrTruncated:
	default: // a request that was refused is refused again; one that was too slow has used up the caller's patience
		return 0, false
	}
	if e.Status == http.StatusNotImplemented {
		return 0, false
	}
	if e.retryAfter.set {
		return e.retryAfter.d, e.retryAfter.d <= maxRetryAfter
	}
	d := firstBackoff << attempt
	return d/2 + rand.N(d), true // spread, so that all calls of a process do not come back at once
}

// sleep waits, but not longer than ctx.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
