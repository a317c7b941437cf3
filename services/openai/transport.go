package openai

import (
	"io"
	"net"
	"net/http"
	"time"
)

// idlePerHost is how many warm connections are kept: one for each call that may speak at once.
const idlePerHost = 32

// newHTTPClient returns a client that keeps connections warm and gives up early on servers that are not there.
func newHTTPClient(connect time.Duration) *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: connect, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: connect,
		ForceAttemptHTTP2:   true, // over TLS: a cancelled answer then costs no connection
		MaxIdleConns:        4 * idlePerHost,
		MaxIdleConnsPerHost: idlePerHost,
		IdleConnTimeout:     90 * time.Second,
	}}
}

const (
	// drainBytes and drainTime bound what is read behind the end of an answer to keep its connection: the last
	// chunk of the transfer is mostly in the same packet.
	drainBytes = 4 << 10
	drainTime  = 50 * time.Millisecond
)

// finishBody reads what is left of a body that has come to its end and closes it, so that HTTP/1 can use the
// connection again.
func finishBody(body io.ReadCloser) {
	t := time.AfterFunc(drainTime, func() { body.Close() })
	io.CopyN(io.Discard, body, drainBytes)
	t.Stop()
	body.Close()
}
