package graph

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxIdle is how many connections are kept open while nothing is sent. Meta speaks HTTP/2, where one is enough; with a proxy that
// does not, each of many requests at once needs its own, and making them anew costs more than the requests.
const maxIdle = 512

// Client sends requests for one business phone number. It is safe for concurrent use. Make one with New.
type Client struct {
	base           string
	http           *http.Client
	owned          *http.Transport // the transport that New made, closed by Close
	attemptTimeout time.Duration
	tries          uint
	elapsed        time.Duration
	firstPause     time.Duration
	observers      []func(context.Context, Done)

	token  *atomic.Pointer[string]
	number *atomic.Pointer[string]
}

// New returns a client for the phone number with the given id (not the number itself), which authenticates with
// the given access token. Both can be changed later.
func New(token, phoneNumberID string, opts ...Option) *Client {
	c := &Client{
		base:           DefaultBaseURL,
		attemptTimeout: 5 * time.Second,
		tries:          4,
		elapsed:        20 * time.Second,
		firstPause:     200 * time.Millisecond,
		token:          new(atomic.Pointer[string]),
		number:         new(atomic.Pointer[string]),
	}
	c.SetAccessToken(token)
	c.SetPhoneNumberID(phoneNumberID)
	for _, o := range opts {
		o(c)
	}
	c.base = strings.TrimRight(c.base, "/")
	if c.http == nil {
		// One host gets all requests, so the pool per host is as large as the pool: twenty calls that are
		// answered at once must not wait for twenty TLS handshakes each time.
		c.owned = &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           (&net.Dialer{Timeout: 3 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
			ForceAttemptHTTP2:     true,
			MaxIdleConns:          maxIdle,
			MaxIdleConnsPerHost:   maxIdle,
			IdleConnTimeout:       90 * time.Second,
			TLSHandshakeTimeout:   3 * time.Second,
			ExpectContinueTimeout: time.Second,
		}
		c.http = &http.Client{Transport: c.owned}
	}
	return c
}

// For returns a client for another phone number of the same business: it shares the access token, the connections and
// all options with c, whose Close is enough for both.
func (c *Client) For(phoneNumberID string) *Client {
	other := *c
	other.owned = nil
	other.number = new(atomic.Pointer[string])
	other.SetPhoneNumberID(phoneNumberID)
	return &other
}

// SetAccessToken replaces the access token; requests that begin afterwards use it.
func (c *Client) SetAccessToken(token string) { c.token.Store(&token) }

// SetPhoneNumberID replaces the phone number id; requests that begin afterwards use it.
func (c *Client) SetPhoneNumberID(id string) { c.number.Store(&id) }

// PhoneNumberID returns the phone number id that is in use.
func (c *Client) PhoneNumberID() string { return *c.number.Load() }

// HasAccessToken says whether there is a token at all.
func (c *Client) HasAccessToken() bool { return *c.token.Load() != "" }

// Close frees idle connections. Requests that are still under way are not cut off.
func (c *Client) Close() {
	if c.owned != nil {
		c.owned.CloseIdleConnections()
	}
}

// numberURL is the address of something below the phone number, such as its calls.
func (c *Client) numberURL(what string) string {
	return c.base + "/" + url.PathEscape(c.PhoneNumberID()) + "/" + what
}

// objectURL is the address of an object with an id of its own, such as a media file.
func (c *Client) objectURL(id string) string { return c.base + "/" + url.PathEscape(id) }
