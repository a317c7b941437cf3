package graph

import (
	"net/http"
	"time"
)

// DefaultBaseURL is Meta's address with the API version that this package was written for.
const DefaultBaseURL = "https://graph.facebook.com/v25.0"

// Option changes a default of New.
type Option func(*Client)

// WithBaseURL sets the address that all paths are appended to, including the API version. The default is
// DefaultBaseURL; an empty string keeps it.
func WithBaseURL(url string) Option {
	return func(c *Client) {
		if url != "" {
			c.base = url
		}
	}
}

// WithHTTPClient sets the client that sends the requests, for a proxy or for tests. Its redirect policy and
// transport are used as they are.
func WithHTTPClient(h *http.Client) Option {
	return func(c *Client) {
		if h != nil {
			c.http = h
		}
	}
}

// WithAttemptTimeout limits each single attempt of a request; the default is 5 s. The context given to a method
// limits all attempts together.
func WithAttemptTimeout(d time.Duration) Option {
	return func(c *Client) {
		if d > 0 {
			c.attemptTimeout = d
		}
	}
}

// WithRetry limits how often a request is tried (the default is 4 times) and how long after the first attempt a
// new one may begin (the default is 20 s). A wait that Meta asks for and that would end later is not begun.
func WithRetry(tries uint, elapsed time.Duration) Option {
	return func(c *Client) {
		if tries > 0 {
			c.tries = tries
		}
		if elapsed > 0 {
			c.elapsed = elapsed
		}
	}
}

// WithFirstPause sets how long the pause before the second attempt is when Meta does not say; each further one
// is about twice as long, up to 5 s. The default is 200 ms.
func WithFirstPause(d time.Duration) Option {
	return func(c *Client) {
		if d > 0 {
			c.firstPause = d
		}
	}
}
