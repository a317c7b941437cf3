package rtc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// State is how a Peer is connected.
type State uint8

// The states of a Peer. Disturbed may be followed by Connected; Failed is final.
const (
	Connecting State = iota // not yet, or not any more since Close
	Connected               // ICE and DTLS are up
	Disturbed               // nothing has come for 5 s
	Failed
)

// Handler is told what happens. Its functions are called from the Peer's own goroutines and must be quick.
type Handler struct {
	State func(State)
	// Reached is called once when ICE is up, before or beside the first Connected. It may be nil.
	Reached func()
	// Packet gets each RTP packet of the relay. It is valid until the function returns.
	Packet func(p *rtp.Packet, at time.Time)
}

// Peer is one connection to a relay.
type Peer struct {
	offer   *Offer
	answer  string
	pc      *webrtc.PeerConnection
	track   *webrtc.TrackLocalStaticRTP
	reports *gate
	handler Handler

	connected chan struct{} // closed when a pair was nominated
	closed    chan struct{}
	mu        sync.Mutex // guards the closing of closed against spawn
	wg        sync.WaitGroup
	packets   atomic.Uint64
}

// Answer makes a connection for an offer, and the answer to post, which is complete and does not change.
// Nothing is sent before Connect. ICE servers are needed only on hosts whose UDP is restricted; gathering from
// them ends with ctx, and the answer then has what was found.
func (e *Endpoint) Answer(ctx context.Context, o *Offer, servers []webrtc.ICEServer, h Handler) (*Peer, error) {
	cert, err := e.certs.get(time.Now())
	if err != nil {
		return nil, err
	}
	settings := e.public
	if o.loopback() {
		settings, servers = e.local, nil
	}
	reports := &gate{}
	pc, err := newConnection(settings, webrtc.Configuration{
		Certificates: []webrtc.Certificate{cert}, ICEServers: servers,
		BundlePolicy: webrtc.BundlePolicyMaxBundle, RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire,
	}, reports)
	if err != nil {
		return nil, fmt.Errorf("rtc: cannot make a connection: %w", err)
	}
	p := &Peer{offer: o, pc: pc, reports: reports, handler: h, connected: make(chan struct{}), closed: make(chan struct{})}
	if err := p.negotiate(ctx); err != nil {
		_ = pc.GracefulClose()
		return nil, err
	}
	return p, nil
}

func (p *Peer) negotiate(ctx context.Context) error {
	p.watch()
	err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: p.offer.sdp})
	if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	p.track, err = webrtc.NewTrackLocalStaticRTP(opus(), "audio", "parley")
	if err != nil {
		return fmt.Errorf("rtc: cannot make a track: %w", err)
	}
	sender, err := p.pc.AddTrack(p.track)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	select {
	case <-gathered:
	case <-ctx.Done():
	}
	p.answer = finishAnswer(p.pc.LocalDescription().SDP)
	if !strings.Contains(p.answer, "a=setup:active") || !strings.Contains(p.answer, " opus/48000/2\r\n") {
		return fmt.Errorf("%w: nothing in it could be agreed on", ErrOffer)
	}
	// Reads the relay's reports so that they do not pile up. Ends with the connection.
	p.spawn(func() { discard(sender.Read) })
	return nil
}

// finishAnswer adds the packet times that the relay works with, which pion does not write, and takes out the
// candidates of a port for RTCP of its own, which there is not.
func finishAnswer(sdp string) string {
	var b strings.Builder
	for line := range strings.Lines(sdp) {
		if f := strings.Fields(line); strings.HasPrefix(line, "a=candidate:") && len(f) > 1 && f[1] == "2" {
			continue
		}
		b.WriteString(line)
		if strings.HasPrefix(line, "a=rtcp-mux") {
			b.WriteString("a=ptime:20\r\na=maxptime:20\r\n")
		}
	}
	return b.String()
}

// SDP is the answer. Pre-accept and accept must be given the same one.
func (p *Peer) SDP() string { return p.answer }

// Packets counts the RTP packets that came in.
func (p *Peer) Packets() uint64 { return p.packets.Load() }

// Send sends an RTP packet. Its payload type and source are set as agreed. Reports are sent from the first packet on.
func (p *Peer) Send(packet *rtp.Packet) error {
	p.reports.open.Store(true)
	return p.track.WriteRTP(packet)
}

// Close ends the connection and waits until everything of it has ended. It must not be called from a Handler.
func (p *Peer) Close() error {
	p.mu.Lock()
	select {
	case <-p.closed:
	default:
		close(p.closed)
	}
	p.mu.Unlock()
	// Close tells the relay, which GracefulClose does not always do; GracefulClose waits for pion's goroutines.
	err := errors.Join(p.pc.Close(), p.pc.GracefulClose())
	p.wg.Wait()
	return err
}

// watch passes on what happens to the connection.
func (p *Peer) watch() {
	var once sync.Once
	p.pc.OnICEConnectionStateChange(func(s webrtc.ICEConnectionState) {
		if s == webrtc.ICEConnectionStateConnected {
			once.Do(func() {
				close(p.connected)
				if p.handler.Reached != nil {
					p.handler.Reached()
				}
			})
		}
	})
	p.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		switch s {
		case webrtc.PeerConnectionStateConnected:
			p.handler.State(Connected)
		case webrtc.PeerConnectionStateDisconnected:
			p.handler.State(Disturbed)
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			p.handler.State(Failed)
		default:
		}
	})
	p.pc.OnTrack(func(t *webrtc.TrackRemote, r *webrtc.RTPReceiver) {
		// Reads the relay's reports. Ends with the connection.
		p.spawn(func() { discard(r.Read) })
		p.spawn(func() { p.read(t) }) // ends with the connection, too
	})
}

// spawn starts a goroutine that Close waits for, unless the connection is closed.
func (p *Peer) spawn(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.closed:
	default:
		p.wg.Go(f)
	}
}

// discard reads reports until there are no more.
func discard(read func([]byte) (int, interceptor.Attributes, error)) {
	buf := make([]byte, 1500)
	for {
		if _, _, err := read(buf); err != nil {
			return
		}
	}
}

// maxReadErrors in a row, without a packet, mean that the connection is gone however the error is named.
const maxReadErrors = 100

// read hands over packets until the connection ends.
func (p *Peer) read(t *webrtc.TrackRemote) {
	buf := make([]byte, 1500)
	var packet rtp.Packet
	for failures := 0; failures < maxReadErrors; {
		n, _, err := t.Read(buf)
		now := time.Now()
		// A packet may come with an error: its payload type was not agreed on, as with keys that WhatsApp
		// sends as 126 anyway.
		if err != nil && (n == 0 || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe)) {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
				return
			}
			failures++
			continue
		}
		failures = 0
		if packet.Unmarshal(buf[:n]) != nil {
			continue // it was encrypted by the relay, and yet is no RTP
		}
		p.packets.Add(1)
		p.handler.Packet(&packet, now)
	}
}
