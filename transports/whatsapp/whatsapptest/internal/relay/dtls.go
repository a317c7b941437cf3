package relay

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/srtp/v3"
)

// handshakeTimeout bounds a handshake; the call's own timers end calls long before.
const handshakeTimeout = 60 * time.Second

// handshake waits for ICE, does DTLS as the role says, hands the keys over and then watches for the peer's
// close_notify.
func (r *Relay) handshake(remote Remote) {
	select {
	case <-r.iceUp:
	case <-r.ctx.Done():
		return
	}
	if remote.Wait > 0 {
		timer := time.NewTimer(remote.Wait)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.ctx.Done():
			return
		}
	}
	conn, err := r.dial(remote)
	if err == nil {
		err = r.keys(conn, remote.DTLS == DTLSClient)
	}
	if err != nil {
		if conn != nil {
			_ = conn.Close()
		}
		if r.ctx.Err() == nil && r.cfg.Events.DTLSFailed != nil {
			r.cfg.Events.DTLSFailed(err)
		}
		return
	}
	defer func() { _ = conn.Close() }()
	// A handshake that ends at the very moment at which the relay closes does not notice that its socket is gone.
	defer context.AfterFunc(r.ctx, func() { _ = conn.Close() })()
	if r.cfg.Events.DTLSUp != nil {
		r.cfg.Events.DTLSUp(time.Now())
	}
	r.releaseEarly()
	buf := make([]byte, maxDatagram)
	for { // application data has no meaning here; Read fails when either side closes
		if _, err := conn.Read(buf); err != nil {
			break
		}
	}
	if r.ctx.Err() == nil && r.cfg.Events.PeerClosed != nil {
		r.cfg.Events.PeerClosed(time.Now())
	}
}

// dial does the handshake. The flight interval is short, because a lost flight would otherwise be counted
// against the bot.
func (r *Relay) dial(remote Remote) (*dtls.Conn, error) {
	r.mu.Lock()
	peer := net.UDPAddrFromAddrPort(r.peer)
	r.mu.Unlock()
	shared := []dtls.Option{
		dtls.WithCertificates(r.cfg.Certificate),
		dtls.WithSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80),
		dtls.WithExtendedMasterSecret(dtls.RequestExtendedMasterSecret),
		dtls.WithInsecureSkipVerify(true), // trust comes from the fingerprint
		dtls.WithFlightInterval(200 * time.Millisecond),
		dtls.WithVerifyPeerCertificate(verify(remote.Fingerprint)),
	}
	pipe := &recordConn{relay: r}
	var conn *dtls.Conn
	var err error
	if remote.DTLS == DTLSClient {
		options := make([]dtls.ClientOption, 0, len(shared))
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ClientWithOptions(pipe, peer, options...)
	} else {
		options := make([]dtls.ServerOption, 0, len(shared)+1)
		for _, o := range shared {
			options = append(options, o)
		}
		conn, err = dtls.ServerWithOptions(pipe, peer, append(options, dtls.WithClientAuth(dtls.RequireAnyClientCert))...)
	}
	if err != nil {
		return nil, fmt.Errorf("relay: set DTLS up: %w", err)
	}
	ctx, cancel := context.WithTimeout(r.ctx, handshakeTimeout)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return conn, fmt.Errorf("relay: DTLS handshake: %w", err)
	}
	return conn, nil
}

// verify compares the peer's certificate with the SDP's fingerprint.
func verify(want string) func([][]byte, [][]*x509.Certificate) error {
	return func(raw [][]byte, _ [][]*x509.Certificate) error {
		if len(raw) == 0 || !sameFingerprint(Fingerprint(raw[0]), want) {
			return ErrFingerprint
		}
		return nil
	}
}

// keys derives the SRTP contexts of both directions.
func (r *Relay) keys(conn *dtls.Conn, client bool) error {
	selected, ok := conn.SelectedSRTPProtectionProfile()
	if !ok {
		return ErrNoProfile
	}
	profile := srtp.ProtectionProfile(selected)
	state, ok := conn.ConnectionState()
	if !ok {
		return errors.New("relay: the DTLS handshake left no state")
	}
	config := srtp.Config{Profile: profile}
	if err := config.ExtractSessionKeysFromDTLS(&state, client); err != nil {
		return fmt.Errorf("relay: derive SRTP keys: %w", err)
	}
	k := config.Keys
	out, err1 := srtp.CreateContext(k.LocalMasterKey, k.LocalMasterSalt, profile)
	outC, err2 := srtp.CreateContext(k.LocalMasterKey, k.LocalMasterSalt, profile)
	in, err3 := srtp.CreateContext(k.RemoteMasterKey, k.RemoteMasterSalt, profile, srtp.SRTPReplayProtection(256))
	inC, err4 := srtp.CreateContext(k.RemoteMasterKey, k.RemoteMasterSalt, profile, srtp.SRTCPReplayProtection(256))
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return fmt.Errorf("relay: make SRTP contexts: %w", err)
	}
	r.mu.Lock()
	r.out, r.outC, r.in, r.inC = out, outC, in, inC
	r.mu.Unlock()
	return nil
}

// recordConn is the packet connection that DTLS sees: records sorted out of the socket, and writes that go to
// the nominated pair.
type recordConn struct{ relay *Relay }

func (c *recordConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, err := c.relay.dtls.Read(p)
	return n, c.peer(), err
}

func (c *recordConn) WriteTo(p []byte, _ net.Addr) (int, error) {
	c.relay.writeTo(p, c.peerAddr())
	return len(p), nil
}

func (c *recordConn) peerAddr() netip.AddrPort {
	c.relay.mu.Lock()
	defer c.relay.mu.Unlock()
	return c.relay.peer
}

func (c *recordConn) peer() net.Addr                     { return net.UDPAddrFromAddrPort(c.peerAddr()) }
func (c *recordConn) Close() error                       { return nil } // the relay owns the socket
func (c *recordConn) LocalAddr() net.Addr                { return net.UDPAddrFromAddrPort(c.relay.local) }
func (c *recordConn) SetDeadline(t time.Time) error      { return c.relay.dtls.SetReadDeadline(t) }
func (c *recordConn) SetReadDeadline(t time.Time) error  { return c.relay.dtls.SetReadDeadline(t) }
func (c *recordConn) SetWriteDeadline(_ time.Time) error { return nil } // UDP writes do not wait
