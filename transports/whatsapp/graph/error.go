package graph

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// ErrUnreadable is wrapped by errors about answers with status 200 that are not what the API promises, such as
// the HTML page of a proxy.
var ErrUnreadable = errors.New("graph: the answer is not what the API promises")

// Error is a refusal by the Graph API. In what Meta says, phone numbers are cut to their last four digits.
type Error struct {
	Op         string // what was asked, such as "accept call"
	HTTPStatus int
	Code       int    // Meta's error code, such as 131047; 0 also if the answer had none
	Subcode    int    // 0 if there is none
	Type       string // such as "OAuthException"
	Message    string // Meta's message; a piece of the body if it was not JSON
	Details    string // error_data.details: the part that says what is wrong
	FBTraceID  string // Meta's support asks for it
	Transient  bool   // Meta says that trying again helps

	// RetryAfter is the pause that the server asked for; 0 if it did not.
	RetryAfter time.Duration
	// JSON says that the answer was an error in Meta's own form: the request was read and refused.
	JSON bool
}

// Error says what was refused, why, and what to do about it.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "graph: %s: HTTP %d", e.Op, e.HTTPStatus)
	if e.JSON {
		fmt.Fprintf(&b, ", code %d", e.Code)
		if e.Subcode != 0 {
			fmt.Fprintf(&b, "/%d", e.Subcode)
		}
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Details != "" && e.Details != e.Message {
		b.WriteString(": " + e.Details)
	}
	if a := e.Advice(); a != "" {
		b.WriteString(" (" + a + ")")
	}
	if e.FBTraceID != "" {
		b.WriteString(" [fbtrace_id " + e.FBTraceID + "]")
	}
	return b.String()
}

// Retryable says whether the same request may succeed a little later.
func (e *Error) Retryable() bool {
	switch e.Code {
	case 131048, 138002, 138005, 138012: // limits that also come as 429, and repeating makes it worse
		return false
	case 1, 2, 4, 80007, 613, 130429, 131000, 131016, 131056, 131057, 133004, 138004, 138007:
		return true
	}
	return e.Transient || e.HTTPStatus == http.StatusTooManyRequests || e.HTTPStatus >= 500
}

// NotApplied says whether the request was certainly not carried out: Meta refused it in its own form, or the
// status says that the server did not take it.
func (e *Error) NotApplied() bool {
	return e.JSON || e.HTTPStatus == http.StatusTooManyRequests ||
		e.HTTPStatus == http.StatusServiceUnavailable || (e.HTTPStatus >= 300 && e.HTTPStatus < 500)
}

// Unauthorized says whether the access token is invalid or expired: nothing works until it is replaced.
func (e *Error) Unauthorized() bool {
	return e.Code == 190 || e.HTTPStatus == http.StatusUnauthorized && e.Code < 10000
}

// lostError is a request without an answer: it failed on the way.
type lostError struct {
	op      string
	sent    bool // it may have reached the server
	dropped bool // its caller gave it up
	err     error
}

func (e *lostError) Error() string {
	if e.sent {
		return fmt.Sprintf("graph: %s: no answer, it may have been carried out: %v", e.op, e.err)
	}
	return fmt.Sprintf("graph: %s: cannot reach the Graph API: %v (check the base URL, DNS, and outbound HTTPS)",
		e.op, e.err)
}

func (e *lostError) Unwrap() error { return e.err }

// OutcomeUnknown says whether a request that failed with err may nevertheless have been carried out: it timed
// out, the connection broke, or the answer cannot be read.
func OutcomeUnknown(err error) bool {
	if err == nil {
		return false
	}
	var refused *Error
	if errors.As(err, &refused) {
		return !refused.NotApplied()
	}
	var lost *lostError
	if errors.As(err, &lost) {
		return lost.sent
	}
	return errors.Is(err, ErrUnreadable)
}
