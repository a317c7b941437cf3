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
	remote    *description // nil before the answer to an offer of this side is there
	local     string       // the SDP for Meta
	pc        *webrtc.PeerConnection
	relayed   bool        // it goes over a TURN server
	described atomic.Bool // what to post is there
	track     *track
	reports   *gate
	handler   Handler
	port      io.Closer // a port of its own that pion does not close; may be nil

	dialled                      // of a connection that offers
	second  atomic.Pointer[Peer] // took the place of this one; see takeOver
	muted   atomic.Bool          // there is, or will be, a second one

	connected chan struct{} // closed when a pair was nominated
	up        chan struct{} // closed when DTLS is up, too
	closed    chan struct{}
	mu        sync.Mutex // guards the closing of closed against spawn
	wg        sync.WaitGroup
	packets   atomic.Uint64
}

// Answer makes a connection for an offer, and the answer to post, which is complete and does not change.
// Nothing is sent before Connect. ICE servers are needed only on hosts whose UDP is restricted; gathering from
// them ends with ctx, and the answer then has what was found.
func (e *Endpoint) Answer(ctx context.Context, o *Offer, servers []webrtc.ICEServer, h Handler) (*Peer, error) {
	settings := e.public
	if o.loopback() {
		settings = e.local
		if e.policy != webrtc.ICETransportPolicyRelay {
			servers = nil
		}
	}
	var port io.Closer
	if o.onlyLoopback6() {
		mux, err := listenLoopback6()
		if err != nil {
			return nil, err
		}
		settings.SetICEUDPMux(mux)
		port = mux
	}
	p, err := e.newPeer(settings, servers, h)
	if err != nil {
		if port != nil {
			_ = port.Close()
		}
		return nil, err
	}
	p.port = port
	p.remote = &o.description
	if err := p.negotiate(ctx); err != nil {
		_ = p.Close()
		return nil, err
	}
	return p, nil
}

// newPeer makes a connection that nothing was agreed on for.
func (e *Endpoint) newPeer(settings webrtc.SettingEngine, servers []webrtc.ICEServer, h Handler) (*Peer, error) {
	cert, err := e.certs.get(time.Now())
	if err != nil {
		return nil, err
	}
	reports := &gate{}
	pc, err := newConnection(settings, webrtc.Configuration{
		Certificates: []webrtc.Certificate{cert}, ICEServers: servers, ICETransportPolicy: e.policy,
		BundlePolicy: webrtc.BundlePolicyMaxBundle, RTCPMuxPolicy: webrtc.RTCPMuxPolicyRequire,
	}, reports)
	if err != nil {
		return nil, fmt.Errorf("rtc: cannot make a connection: %w", err)
	}
	p := &Peer{
		pc: pc, relayed: e.policy == webrtc.ICETransportPolicyRelay, track: &track{}, reports: reports, handler: h,
		connected: make(chan struct{}), up: make(chan struct{}), closed: make(chan struct{}),
	}
	p.watch()
	return p, nil
}

// negotiate makes the answer to an offer.
func (p *Peer) negotiate(ctx context.Context) error {
	err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: p.remote.sdp})
	if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	if err := p.addTrack(); err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	if err := p.describe(ctx, answer); errors.Is(err, ErrRelay) {
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %v", ErrOffer, err)
	}
	if !strings.Contains(p.local, "a=setup:active") || !strings.Contains(p.local, " opus/48000/2\r\n") {
		return fmt.Errorf("%w: nothing in it could be agreed on", ErrOffer)
	}
	return nil
}

func (p *Peer) addTrack() error {
	sender, err := p.pc.AddTrack(p.track)
	if err != nil {
		return err
	}
	p.source = sender.GetParameters().Encodings[0].SSRC
	// Reads the relay's reports so that they do not pile up. Ends with the connection.
	p.spawn(func() { discard(sender.Read) })
	return nil
}

// describe makes the SDP for Meta, with all addresses that are found before ctx ends.
func (p *Peer) describe(ctx context.Context, d webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(d); err != nil {
		return err
	}
	select {
	case <-gathered:
	case <-ctx.Done():
	}
	p.local = finish(p.pc.LocalDescription().SDP)
	if p.relayed && !strings.Contains(p.local, "a=candidate:") {
		return ErrRelay
	}
	p.described.Store(true)
	return nil
}

// finish adds the packet times that the relay works with, which pion does not write, and takes out the
// candidates of a port for RTCP of its own, which there is not.
func finish(sdp string) string {
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

// SDP is the answer or the offer. Pre-accept and accept must be given the same one.
func (p *Peer) SDP() string { return p.local }

// Packets counts the RTP packets that came in.
func (p *Peer) Packets() uint64 {
	if second := p.second.Load(); second != nil {
		return second.Packets()
	}
	return p.packets.Load()
}

// Send sends a packet of telephone-event, if it has that payload type, or else of Opus, for which the type is set as agreed
// on. The source is set, too. Reports are sent from the first packet on.
func (p *Peer) Send(packet *rtp.Packet) error {
	if second := p.second.Load(); second != nil {
		return second.Send(packet)
	}
	p.reports.open.Store(true)
	return p.track.write(packet, p.remote.EventType)
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
	if p.port != nil {
		err = errors.Join(err, p.port.Close())
	}
	p.wg.Wait()
	if second := p.second.Load(); second != nil {
		err = errors.Join(err, second.Close())
	}
	return err
}

// watch passes on what happens to the connection.
func (p *Peer) watch() {
	var once, up sync.Once
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
		if p.muted.Load() {
			return
		}
		switch s {
		case webrtc.PeerConnectionStateConnected:
			up.Do(func() { close(p.up) })
			p.handler.State(Connected)
		case webrtc.PeerConnectionStateDisconnected:
			p.handler.State(Disturbed)
		case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
			if p.relayed && !p.described.Load() {
				return // there is no way to a TURN server, which describe tells
			}
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
