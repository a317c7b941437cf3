package relay

import (
	"crypto/rand"
	"encoding/base64"
)

// Credentials are what the relay's SDP says about its ICE side.
type Credentials struct {
	Ufrag string // 16 characters of base64
	Pwd   string // 24 characters of base64, ending in "=="
}

// NewCredentials makes random credentials of the shape that WhatsApp's relays use. The padding of the password
// is outside of what RFC 8839 allows; bots have to live with it.
func NewCredentials() Credentials {
	var ufrag [12]byte
	var pwd [16]byte
	_, _ = rand.Read(ufrag[:]) // never fails: crypto/rand ends the process instead
	_, _ = rand.Read(pwd[:])
	return Credentials{
		Ufrag: base64.StdEncoding.EncodeToString(ufrag[:]),
		Pwd:   base64.StdEncoding.EncodeToString(pwd[:]),
	}
}
