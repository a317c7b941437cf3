package relay

import "errors"

var (
	// ErrClosed is returned after Close.
	ErrClosed = errors.New("relay: closed")
	// ErrNotConnected is returned by writes before ICE and DTLS are up.
	ErrNotConnected = errors.New("relay: not connected")
	// ErrFingerprint is reported when the peer's certificate is not the one that its SDP promised.
	ErrFingerprint = errors.New("relay: the DTLS certificate does not match the fingerprint in the SDP")
	// ErrNoProfile is reported when DTLS ended without an SRTP profile.
	ErrNoProfile = errors.New("relay: the DTLS handshake negotiated no SRTP profile")
)
