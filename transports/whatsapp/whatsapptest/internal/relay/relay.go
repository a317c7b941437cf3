package relay

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v4/packetio"
)

const (
	maxDatagram  = 1500 // what an Ethernet carries; larger ones are cut and fail to authenticate
	maxAddresses = 16   // checked source addresses that are remembered
	maxEarly     = 64   // SRTP packets kept while the handshake's last step is under way
)

// Relay is one media end point. Its methods may be called concurrently.
type Relay struct {
	cfg   Config
	creds Credentials
	conn  *net.UDPConn
	local netip.AddrPort
	dtls  *packetio.Buffer // DTLS records on their way to the handshake
	iceUp chan struct{}    // closed when a pair was nominated
	stop  context.CancelFunc
	ctx   context.Context //nolint:containedctx // the relay's life: it ends with Close
	wg    sync.WaitGroup

	mu     sync.Mutex
	remote *Remote // nil: deaf
	closed bool
	muted  bool // vanished: nothing in, nothing out
	valid  map[netip.AddrPort]struct{}
	peer   netip.AddrPort // nominated
	early  []early        // SRTP that came before the keys were there
	out    *srtp.Context
	in     *srtp.Context
	outC   *srtp.Context
	inC    *srtp.Context
}

type early struct {
	datagram []byte
	at       time.Time
}

// Listen opens the relay's port. It is deaf until Open.
func Listen(cfg Config) (*Relay, error) {
	if !cfg.Addr.IsValid() {
		cfg.Addr = netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	if cfg.Credentials == (Credentials{}) {
		cfg.Credentials = NewCredentials()
	}
	if len(cfg.Certificate.Certificate) == 0 {
		certificate, err := NewCertificate()
		if err != nil {
			return nil, err
		}
		cfg.Certificate = certificate
	}
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(cfg.Addr, 0)))
	if err != nil {
		return nil, fmt.Errorf("relay: open a UDP port on %v: %w", cfg.Addr, err)
	}
	local, ok := conn.LocalAddr().(*net.UDPAddr)
	if !ok {
		return nil, errors.Join(fmt.Errorf("relay: %v is no UDP address", conn.LocalAddr()), conn.Close())
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := &Relay{
		cfg: cfg, creds: cfg.Credentials, conn: conn, local: local.AddrPort(),
		dtls: packetio.NewBuffer(), iceUp: make(chan struct{}), ctx: ctx, stop: cancel,
		valid: make(map[netip.AddrPort]struct{}),
	}
	r.dtls.SetLimitCount(maxEarly)
	r.wg.Go(r.read) // ends when Close closes the socket
	return r, nil
}

// Addr is where the relay listens.
func (r *Relay) Addr() netip.AddrPort { return r.local }

// Credentials are the relay's ICE side.
func (r *Relay) Credentials() Credentials { return r.creds }

// Fingerprint is the SHA-256 of the relay's certificate, as in SDP.
func (r *Relay) Fingerprint() string { return Fingerprint(r.cfg.Certificate.Certificate[0]) }

// Open gives the relay the other side's SDP: from now on it hears. Only the first call counts.
func (r *Relay) Open(remote Remote) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	if r.remote != nil {
		return nil
	}
	r.remote = &remote
	if remote.DTLS != DTLSStall {
		r.wg.Go(func() { r.handshake(remote) }) // ends when the handshake failed, the peer closed it, or with Close
	}
	return nil
}

// Vanish makes the relay stop sending and hearing, without a word to the other side.
func (r *Relay) Vanish() {
	r.mu.Lock()
	r.muted = true
	r.mu.Unlock()
}

// Close frees the port and waits for the relay's goroutines. The peer is not told.
func (r *Relay) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil
	}
	r.closed, r.muted = true, true
	r.mu.Unlock()
	r.stop()
	err := errors.Join(r.conn.Close(), r.dtls.Close())
	r.wg.Wait()
	return err
}

// read takes datagrams from the socket until it is closed.
func (r *Relay) read() {
	buf := make([]byte, maxDatagram)
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buf)
		at := time.Now()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n == 0 {
			continue // an ICMP error of an earlier write; the socket lives on
		}
		r.receive(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()), at)
	}
}

// receive sorts a datagram by its first byte (RFC 7983).
func (r *Relay) receive(datagram []byte, from netip.AddrPort, at time.Time) {
	r.mu.Lock()
	remote, deaf := r.remote, r.remote == nil || r.muted
	_, known := r.valid[from]
	r.mu.Unlock()
	if deaf {
		return
	}
	switch first := datagram[0]; {
	case first < 4:
		r.answerCheck(datagram, from, at, remote)
	case !known:
		r.bad("datagram from an address that no valid connectivity check came from", at)
	case first >= 20 && first < 64:
		if remote.DTLS != DTLSStall {
			_, _ = r.dtls.Write(datagram) // a full buffer loses the record, as a network would
		}
	case first >= 128 && first < 192:
		r.receiveSRTP(datagram, at)
	default:
		r.bad("datagram that is neither STUN, DTLS nor SRTP", at)
	}
}

// writeTo sends a datagram, unless the relay is muted. UDP has no errors worth telling.
func (r *Relay) writeTo(datagram []byte, to netip.AddrPort) {
	r.mu.Lock()
	muted := r.muted
	r.mu.Unlock()
	if !muted && to.IsValid() {
		_, _ = r.conn.WriteToUDPAddrPort(datagram, to)
	}
}

// bad reports what an honest peer does not send.
func (r *Relay) bad(what string, at time.Time) {
	if r.cfg.Events.Bad != nil {
		r.cfg.Events.Bad(what, at)
	}
}

// sameFingerprint compares two SDP fingerprints without regard to case.
func sameFingerprint(a, b string) bool { return strings.EqualFold(a, b) }

// WriteRTP encrypts and sends a packet.
func (r *Relay) WriteRTP(p *rtp.Packet) error {
	plain, err := p.Marshal()
	if err != nil {
		return fmt.Errorf("relay: marshal RTP: %w", err)
	}
	r.mu.Lock()
	if r.out == nil || r.closed {
		r.mu.Unlock()
		return ErrNotConnected
	}
	sealed, err := r.out.EncryptRTP(nil, plain, nil)
	to := r.peer
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("relay: encrypt RTP: %w", err)
	}
	r.writeTo(sealed, to)
	return nil
}

// WriteRTCP encrypts and sends a compound packet.
func (r *Relay) WriteRTCP(plain []byte) error {
	r.mu.Lock()
	if r.outC == nil || r.closed {
		r.mu.Unlock()
		return ErrNotConnected
	}
	sealed, err := r.outC.EncryptRTCP(nil, plain, nil)
	to := r.peer
	r.mu.Unlock()
	if err != nil {
		return fmt.Errorf("relay: encrypt RTCP: %w", err)
	}
	r.writeTo(sealed, to)
	return nil
}
