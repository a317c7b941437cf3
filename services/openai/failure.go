package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/openai/openai-go/v3/option"
)

// maxErrorBody bounds how much of an error page is read.
const maxErrorBody = 64 << 10

// refuse is a middleware that makes an *Error of every status that is not 200. The SDK's own handling reads bodies
// without a limit and fails on pages that are not JSON.
func (l *LLM) refuse(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	res, err := next(req)
	if err != nil || res.StatusCode == http.StatusOK {
		return res, err
	}
	defer finishBody(res.Body)
	return nil, l.statusError(res)
}

// statusError reads a response that is no success.
func (l *LLM) statusError(res *http.Response) *Error {
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxErrorBody)) // a broken body leaves the status to tell
	e := &Error{Server: l.server, Status: res.StatusCode, Detail: l.errorText(body), retryAfter: readRetryAfter(res.Header)}
	switch {
	case res.StatusCode == http.StatusUnauthorized || res.StatusCode == http.StatusForbidden:
		e.Kind = ErrUnauthorized
		e.Hint = "check the API key and that it belongs to this server"
		if l.cfg.apiKey == "" {
			e.Hint = "this server wants an API key: set one"
		}
	case res.StatusCode == http.StatusNotFound:
		e.Kind = ErrNotFound
		e.Hint = "check that the server has the model \"" + l.model + "\" and that the base URL is right (most end in /v1)"
	case res.StatusCode == http.StatusTooManyRequests:
		e.Kind = ErrRateLimited
		e.Hint = "wait, or raise the limits of this account"
	case res.StatusCode >= 500:
		e.Kind = ErrServer
		e.Hint = "try again, or look at the server's log"
	case res.StatusCode >= 400:
		e.Kind = ErrBadRequest
		e.Hint = "the server does not take this request as it is; its words say why"
	default: // 1xx to 3xx: the client has followed what can be followed
		e.Kind = ErrProtocol
		e.Hint = "check the base URL"
	}
	return e
}

// minSecret is the length from which a key is looked for in a server's words: taking out a shorter one could damage them.
const minSecret = 8

// errorText finds the message in the usual shapes: {"error":{"message":...}}, {"error":"..."}, {"message":...},
// {"detail":...}, or a page of text.
func (l *LLM) errorText(body []byte) string {
	// Servers repeat the keys that they refuse, and errors end up in logs.
	if len(l.cfg.apiKey) >= minSecret {
		body = bytes.ReplaceAll(body, []byte(l.cfg.apiKey), []byte("[key]"))
	}
	var shape struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &shape) != nil {
		if s := strings.TrimSpace(string(body)); !strings.HasPrefix(s, "<") {
			return oneLine(s)
		}
		return "an HTML page"
	}
	for _, raw := range []json.RawMessage{shape.Error, shape.Detail} {
		var obj struct {
			Message string `json:"message"`
		}
		var text string
		switch {
		case json.Unmarshal(raw, &obj) == nil && obj.Message != "":
			return oneLine(obj.Message)
		case json.Unmarshal(raw, &text) == nil && text != "":
			return oneLine(text)
		}
	}
	if shape.Message != "" {
		return oneLine(shape.Message)
	}
	return oneLine(string(body))
}

// networkError names what stopped a request or its answer: the caller, one of the deadlines, or the network.
func (l *LLM) networkError(ctx context.Context, err error) error {
	var known *Error
	if errors.As(err, &known) {
		return known
	}
	var late *lateError
	if errors.As(context.Cause(ctx), &late) {
		return &Error{Kind: ErrTimeout, Server: l.server, Detail: late.Error(), Err: context.DeadlineExceeded,
			Hint: "the server may be overloaded or still loading the model"}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	e := &Error{Kind: ErrUnreachable, Server: l.server, Detail: netText(err), Err: err}
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		e.Hint = "check the host name in the base URL and this machine's network"
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		e.Hint = "the server closed the connection; look at its log"
	default:
		e.Hint = "is the server running, and is the base URL right?"
	}
	return e
}

// netText leaves out the method and the URL that net/http puts in front.
func netText(err error) string {
	var ue *url.Error
	if errors.As(err, &ue) {
		err = ue.Err
	}
	return oneLine(err.Error())
}
