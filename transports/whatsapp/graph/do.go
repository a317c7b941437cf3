package graph

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// request is one thing to ask the Graph API for.
type request struct {
	op          string // names it in errors
	kind        string // of a message; "" for anything else
	method      string
	url         func() string // asked at each attempt, since the phone number id may change
	contentType string
	body        []byte
	// again says that doing it twice is the same as doing it once.
	again bool
	// timeout limits each attempt; 0 takes the client's.
	timeout time.Duration
	// download takes the body of a success instead of JSON.
	download func(*http.Response) error
}

// do carries out a request, with retries, and reads the answer into out, which may be nil.
func (c *Client) do(ctx context.Context, r request, out any) error {
	if len(c.observers) == 0 {
		return c.repeat(ctx, r, out, &Done{})
	}
	d := Done{Op: r.op, Kind: r.kind, Began: time.Now()}
	d.Err = c.repeat(ctx, r, out, &d)
	d.Duration = time.Since(d.Began)
	for _, f := range c.observers {
		f(ctx, d)
	}
	return d.Err
}

// repeat tries a request until it succeeds or there is no sense in it any more. It counts in d.
func (c *Client) repeat(ctx context.Context, r request, out any, d *Done) error {
	if !c.HasAccessToken() {
		return fmt.Errorf("graph: %s: there is no access token; set one first", r.op)
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.firstPause
	pause.Multiplier = 2
	pause.MaxInterval = 5 * time.Second

	var last error
	pairLimit := 0 // refusals with code 131056 so far
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		d.Attempts++
		last = c.attempt(ctx, r, out)
		d.Limited = d.Limited || Outcome(last) == OutcomeLimited
		if last == nil {
			return struct{}{}, nil
		}
		if !worthRepeating(last, r.again) || tooMany(ctx, last) {
			return struct{}{}, backoff.Permanent(last)
		}
		var refused *Error
		if errors.As(last, &refused) {
			switch {
			case refused.RetryAfter > 0:
				return struct{}{}, &backoff.RetryAfterError{Duration: refused.RetryAfter}
			case refused.Code == 131056:
				// Meta asks for pauses of 4^n seconds here.
				d := time.Second << (2 * min(pairLimit, 6))
				pairLimit++
				return struct{}{}, &backoff.RetryAfterError{Duration: d}
			}
		}
		return struct{}{}, last
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(c.tries), backoff.WithMaxElapsedTime(c.elapsed),
		backoff.WithNotify(func(_ error, pause time.Duration) { d.Waited += pause }))
	if err == nil {
		return nil
	}
	return last
}

// worthRepeating decides whether a failed request is sent again.
func worthRepeating(err error, again bool) bool {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Retryable() && (again || refused.NotApplied())
	}
	var lost *lostError
	if errors.As(err, &lost) {
		return again || !lost.sent
	}
	return false
}

// attempt sends a request once.
func (c *Client) attempt(ctx context.Context, r request, out any) error {
	limit := c.attemptTimeout
	if r.timeout > 0 {
		limit = r.timeout
	}
	caller := ctx
	ctx, cancel := context.WithTimeoutCause(caller, limit, noAnswer(limit))
	defer cancel()
	var sent atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { sent.Store(true) }}
	req, err := http.NewRequestWithContext(httptrace.WithClientTrace(ctx, trace), r.method, r.url(), bytes.NewReader(r.body))
	if err != nil {
		return fmt.Errorf("graph: %s: the base URL %q is not valid", r.op, c.base)
	}
	token := *c.token.Load()
	req.Header.Set("Authorization", "Bearer "+token)
	if r.contentType != "" {
		req.Header.Set("Content-Type", r.contentType)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return &lostError{op: r.op, sent: sent.Load(), dropped: errors.Is(caller.Err(), context.Canceled), err: plainCause(ctx, err)}
	}
	defer resp.Body.Close()
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	if ok && r.download != nil {
		return r.download(resp)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return &lostError{op: r.op, sent: true, dropped: errors.Is(caller.Err(), context.Canceled), err: plainCause(ctx, err)}
	}
	// Meta repeats malformed tokens in its messages; they must not reach a log.
	if len(token) >= minSecret {
		body = bytes.ReplaceAll(body, []byte(token), []byte("[token]"))
	}
	if ok {
		return parseSuccess(r.op, resp.Header, body, out)
	}
	return parseError(r.op, resp.StatusCode, resp.Header, body)
}

// noAnswer is the cause of a time-out. It is made for every request, and written out only when it comes to that.
type noAnswer time.Duration

func (d noAnswer) Error() string { return fmt.Sprintf("no answer within %v", time.Duration(d)) }

// minSecret is the length from which a token is looked for in answers: real ones have more than 100 characters,
// and taking out a shorter one could damage the answer.
const minSecret = 8

// plainCause takes the URL out of an error of net/http, since the address of a media file is a secret too, and
// says why a context ended.
func plainCause(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		return withURL.Err
	}
	return err
}

// post sends a JSON body to something below the phone number.
func (c *Client) post(ctx context.Context, op, what string, body any, again bool, out any) error {
	return c.postKind(ctx, op, "", what, body, again, out)
}

// postKind is post for messages of a kind.
func (c *Client) postKind(ctx context.Context, op, kind, what string, body any, again bool, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("graph: %s: cannot write the request: %w", op, err)
	}
	return c.do(ctx, request{
		op: op, kind: kind, method: http.MethodPost, url: func() string { return c.numberURL(what) },
		contentType: "application/json", body: b, again: again,
	}, out)
}
