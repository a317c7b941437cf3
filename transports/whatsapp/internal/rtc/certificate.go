package rtc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// certificates hands out the one certificate of all calls. It makes a new one a week before the old one runs
// out, which pion's do after a month: with an expired one no call could begin.
type certificates struct {
	mu      sync.Mutex
	current *webrtc.Certificate
}

func (c *certificates) get(now time.Time) (webrtc.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil || now.After(c.current.Expires().Add(-7*24*time.Hour)) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return webrtc.Certificate{}, fmt.Errorf("rtc: cannot make a key: %w", err)
		}
		cert, err := webrtc.GenerateCertificate(key)
		if err != nil {
			return webrtc.Certificate{}, fmt.Errorf("rtc: cannot make a certificate: %w", err)
		}
		c.current = cert
	}
	return *c.current, nil
}
