package relay

import (
	"crypto/tls"
	"net/netip"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// Config says what a relay is and who watches it.
type Config struct {
	// Addr is the address to listen on. The zero value is 127.0.0.1.
	Addr netip.Addr
	// Certificate is what the relay shows in DTLS.
	Certificate tls.Certificate
	// Credentials are its ICE side. The zero value makes new ones.
	Credentials Credentials
	// SilentOnRoleConflict drops checks of a peer that claims to be controlled; otherwise they are answered
	// with 487.
	SilentOnRoleConflict bool
	// Events is told what happens.
	Events Events
}

// Remote is what the other side's SDP says.
type Remote struct {
	Ufrag       string
	Pwd         string
	Fingerprint string // SHA-256, as in SDP; compared without regard to case
	// DTLS says what the relay does in the handshake. The zero value is to be the server.
	DTLS DTLSRole
	// Wait is how long the relay lets the other side's handshake wait once ICE is up.
	Wait time.Duration
}

// DTLSRole is the relay's part in the DTLS handshake.
type DTLSRole uint8

// The parts that a relay can play.
const (
	DTLSServer DTLSRole = iota // waits for a ClientHello, the only thing that WhatsApp's relays are known to do
	DTLSClient                 // sends the ClientHello
	DTLSStall                  // never answers a handshake
)

// Events are the callbacks of a relay; each may be nil. They are called from the relay's goroutines, one at a
// time per kind, and must not block nor call Close. at is when the datagram came in from the socket.
type Events struct {
	ICEUp  func(at time.Time) // the peer nominated a pair
	DTLSUp func(at time.Time) // SRTP keys are there
	// DTLSFailed reports a handshake that did not succeed, such as ErrFingerprint.
	DTLSFailed func(err error)
	// PeerClosed reports that the peer closed DTLS (close_notify).
	PeerClosed func(at time.Time)
	RTP        func(p *rtp.Packet, at time.Time)
	RTCP       func(p []rtcp.Packet, at time.Time)
	// Bad reports a datagram that an honest peer does not send, such as SRTP that does not authenticate.
	Bad func(what string, at time.Time)
}
