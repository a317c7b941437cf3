package openai

import (
	"errors"
	"strconv"
	"strings"
)

// The kinds of failure. An *Error wraps one of them; test with errors.Is.
var (
	// ErrUnauthorized means that the server refused the API key (HTTP 401 or 403).
	ErrUnauthorized = errors.New("openai: the API key was refused")
	// ErrNotFound means that the server knows no such model or path (HTTP 404).
	ErrNotFound = errors.New("openai: model or path not found")
	// ErrRateLimited means that the server asks to slow down, or that a quota is used up (HTTP 429).
	ErrRateLimited = errors.New("openai: rate limit or quota reached")
	// ErrBadRequest means that the server did not accept the request (other HTTP 4xx).
	ErrBadRequest = errors.New("openai: request not accepted")
	// ErrServer means that the server failed (HTTP 5xx, or an error in the middle of its answer).
	ErrServer = errors.New("openai: server failed")
	// ErrUnreachable means that no connection could be made, or that it broke before the answer began.
	ErrUnreachable = errors.New("openai: server not reachable")
	// ErrTimeout means that one of the deadlines of Timeouts passed.
	ErrTimeout = errors.New("openai: too slow")
	// ErrTruncated means that the stream ended before the answer was complete.
	ErrTruncated = errors.New("openai: answer cut off")
	// ErrProtocol means that what came back is no chat completion.
	ErrProtocol = errors.New("openai: not a chat completion")
)

// Error tells what failed at which server and what to do about it.
type Error struct {
	// Kind is one of the sentinels of this package, such as ErrRateLimited.
	Kind error
	// Server is the base URL without credentials.
	Server string
	// Status is the HTTP status, or 0 if there was none.
	Status int
	// Detail is what the server or the network said, in one short line.
	Detail string
	// Hint says what to do.
	Hint string
	// Err is the error underneath, if there is one.
	Err error

	retryAfter retryAfter
}

// Error is one line: what failed, where, why, and what to do.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Kind.Error())
	b.WriteString(" (")
	b.WriteString(e.Server)
	if e.Status != 0 {
		b.WriteString(", HTTP ")
		b.WriteString(strconv.Itoa(e.Status))
	}
	b.WriteString(")")
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Hint != "" {
		b.WriteString("; ")
		b.WriteString(e.Hint)
	}
	return b.String()
}

// Summary is one line for people who may see less than the log: what failed and what to do, without the server's words, which may
// repeat anything.
func (e *Error) Summary() string {
	text := e.Kind.Error()
	if e.Status != 0 {
		text += " (HTTP " + strconv.Itoa(e.Status) + ")"
	}
	if e.Hint != "" {
		text += "; " + e.Hint
	}
	return text
}

// Unwrap gives errors.Is and errors.As the kind and the error underneath.
func (e *Error) Unwrap() []error {
	if e.Err == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Err}
}

// maxDetail bounds how much of a server's words an error repeats.
const maxDetail = 300

// oneLine makes foreign text fit for an error message.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > maxDetail {
		s = string(r[:maxDetail]) + "..."
	}
	return s
}
