// Package fakerelay is a plain stand-in for the relay of a WhatsApp call, for tests of this project's own side:
// ICE-lite, deaf until it has the answer, DTLS server only. It checks nothing; whatsapptest does.
package fakerelay

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// Relay is the far end of one call.
type Relay struct {
	pc      *webrtc.PeerConnection
	track   *track
	offer   string
	answer  sync.Once
	err     error
	packets chan Packet
	up      chan struct{}
	wg      sync.WaitGroup
}

// Packet is an RTP packet that came in, and when.
type Packet struct {
	rtp.Packet
	At time.Time
}

// New makes a relay on the loopback interface.
func New() (*Relay, error) { return newRelay(true, webrtc.DTLSRoleServer, (*Relay).makeOffer) }

// NewAnswering makes a relay that answers the offer of a call of the business, as Offer says then. Active lets it begin the
// DTLS handshake.
func NewAnswering(offer string, active bool) (*Relay, error) {
	role := webrtc.DTLSRoleServer
	if active {
		role = webrtc.DTLSRoleClient
	}
	return newRelay(true, role, func(r *Relay) error { return r.makeAnswer(offer) })
}

// NewFull makes a peer that, unlike a relay, sends checks itself.
func NewFull() (*Relay, error) { return newRelay(false, webrtc.DTLSRoleServer, (*Relay).makeOffer) }

func newRelay(lite bool, answering webrtc.DTLSRole, describe func(*Relay) error) (*Relay, error) {
	var s webrtc.SettingEngine
	s.SetLite(lite)
	if err := s.SetAnsweringDTLSRole(answering); err != nil {
		return nil, err
	}
	s.SetIncludeLoopbackCandidate(true)
	s.SetIPFilter(loopbackOnly)
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	// Meta's passwords are Base64 with padding.
	s.SetICECredentials(random(12), random(16))
	media := &webrtc.MediaEngine{}
	for _, c := range []webrtc.RTPCodecParameters{
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
			SDPFmtpLine: "maxaveragebitrate=20000;maxplaybackrate=16000;minptime=20;sprop-maxcapturerate=16000;useinbandfec=1"}, PayloadType: 111},
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000}, PayloadType: 126},
	} {
		if err := media.RegisterCodec(c, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	r := &Relay{pc: pc, packets: make(chan Packet, 4096), up: make(chan struct{})}
	if err := errors.Join(r.prepare(), describe(r)); err != nil {
		return nil, errors.Join(err, pc.Close())
	}
	return r, nil
}

func (r *Relay) prepare() error {
	var once sync.Once
	r.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(r.up) })
		}
	})
	r.pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		r.wg.Add(1) // the relay is closed long after
		defer r.wg.Done()
		for {
			p, _, err := t.ReadRTP()
			if errors.Is(err, io.EOF) || p == nil {
				return
			}
			select {
			case r.packets <- Packet{*p, time.Now()}:
			default: // a test that does not look
			}
		}
	})
	return nil
}

// makeAnswer answers an offer.
func (r *Relay) makeAnswer(offer string) error {
	if err := r.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return err
	}
	r.track = &track{}
	if _, err := r.pc.AddTrack(r.track); err != nil {
		return err
	}
	answer, err := r.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return r.settle(answer)
}

func (r *Relay) makeOffer() error {
	r.track = &track{}
	if _, err := r.pc.AddTrack(r.track); err != nil {
		return err
	}
	offer, err := r.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	if err := r.settle(offer); err != nil {
		return err
	}
	r.offer = strings.NewReplacer("a=mid:0", "a=mid:audio", "BUNDLE 0", "BUNDLE audio",
		"a=end-of-candidates\r\n", "").Replace(r.pc.LocalDescription().SDP)
	return nil
}

// settle takes a description, with all addresses.
func (r *Relay) settle(d webrtc.SessionDescription) error {
	gathered := webrtc.GatheringCompletePromise(r.pc)
	if err := r.pc.SetLocalDescription(d); err != nil {
		return err
	}
	<-gathered
	r.offer = r.pc.LocalDescription().SDP
	return nil
}

// Offer is what the webhook carries.
func (r *Relay) Offer() string { return r.offer }

// Answer gives the relay the answer: from then on it reacts. Only the first one counts.
func (r *Relay) Answer(sdp string) error {
	r.answer.Do(func() {
		sdp = strings.NewReplacer("a=mid:audio", "a=mid:0", "BUNDLE audio", "BUNDLE 0").Replace(sdp)
		r.err = r.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
	})
	return r.err
}

// Up is closed when ICE and DTLS are connected.
func (r *Relay) Up() <-chan struct{} { return r.up }

// Packets are the RTP packets that came in.
func (r *Relay) Packets() <-chan Packet { return r.packets }

// Send sends an Opus packet to the business.
func (r *Relay) Send(p *rtp.Packet) error {
	p.PayloadType = 111
	return r.track.write(p)
}

// SendAs sends a packet with the payload type that it has.
func (r *Relay) SendAs(p *rtp.Packet) error { return r.track.write(p) }

// Close ends it.
func (r *Relay) Close() error {
	err := errors.Join(r.pc.Close(), r.pc.GracefulClose())
	r.wg.Wait()
	return err
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return base64.StdEncoding.EncodeToString(b)
}
