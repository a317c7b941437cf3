package remote

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrClosed is returned by Do after Close.
var ErrClosed = errors.New("remote: closed")

// Away is the error of a call whose time was over before the server could serve it.
type Away struct {
	// After is how long the call waited.
	After time.Duration
	// Cause is why the last attempt failed.
	Cause error
}

// Error says how long was waited, and why in vain.
func (a *Away) Error() string {
	if errors.Is(a.Cause, context.DeadlineExceeded) {
		return fmt.Sprintf("no answer within %v", a.After.Round(time.Millisecond))
	}
	return fmt.Sprintf("tried for %v: %v", a.After.Round(time.Millisecond), a.Cause)
}

// Unwrap returns why the last attempt failed, and that the time was over.
func (a *Away) Unwrap() []error { return []error{a.Cause, context.DeadlineExceeded} }
