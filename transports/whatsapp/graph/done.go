package graph

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// Done tells how a request went, all its attempts together.
type Done struct {
	Op   string // what was asked, such as "accept call"
	Kind string // the type of a message that was sent, such as "text"; "" for anything else
	// Began is when the first attempt began, and Duration how long all took, with the pauses between them.
	Began    time.Time
	Duration time.Duration
	// Attempts is how often it was sent, and Waited how long it paused in between. Limited says that Meta had
	// refused an attempt because there were too many requests.
	Attempts int
	Waited   time.Duration
	Limited  bool
	// Err is what the caller gets; nil is success. Outcome puts it into words for statistics.
	Err error
}

// Outcome is the class of the request's end; see the function Outcome.
func (d Done) Outcome() string { return Outcome(d.Err) }

// WithObserver has f called at the end of each request, with the request's context. It is called by the goroutine
// that made the request, and must be quick.
func WithObserver(f func(ctx context.Context, d Done)) Option {
	return func(c *Client) {
		if f != nil {
			c.observers = append(c.observers[:len(c.observers):len(c.observers)], f)
		}
	}
}

// The classes of Outcome.
const (
	OutcomeOK           = "ok"
	OutcomeUnreachable  = "unreachable"  // nothing of it reached Meta
	OutcomeNoAnswer     = "no_answer"    // it was sent, and what came of it is not known
	OutcomeUnreadable   = "unreadable"   // the answer is not what the API promises
	OutcomeUnauthorized = "unauthorized" // the access token is invalid or has expired
	OutcomeLimited      = "rate_limited"
	OutcomeRefused      = "refused"      // Meta understood it and said no
	OutcomeServerError  = "server_error" // Meta, or something in front of it, failed
	OutcomeCancelled    = "cancelled"    // nobody needs it any more
	OutcomeOther        = "error"        // it could not even be made
)

// Outcome is the class of a request's end, for statistics. It is one of a few constants.
func Outcome(err error) string {
	var refused *Error
	var lost *lostError
	switch {
	case err == nil:
		return OutcomeOK
	case errors.As(err, &refused):
		return refused.outcome()
	case errors.As(err, &lost) && lost.dropped:
		return OutcomeCancelled
	case lost != nil && lost.sent:
		return OutcomeNoAnswer
	case lost != nil:
		return OutcomeUnreachable
	case errors.Is(err, ErrUnreadable):
		return OutcomeUnreadable
	case errors.Is(err, context.Canceled):
		return OutcomeCancelled
	}
	return OutcomeOther
}

func (e *Error) outcome() string {
	switch {
	case e.Unauthorized():
		return OutcomeUnauthorized
	case e.limited():
		return OutcomeLimited
	case e.HTTPStatus >= 500:
		return OutcomeServerError
	}
	return OutcomeRefused
}

// limited says whether there were too many requests.
func (e *Error) limited() bool {
	switch e.Code {
	case 4, 613, 80007, 130429, 131048, 131056:
		return true
	}
	return e.HTTPStatus == http.StatusTooManyRequests
}
