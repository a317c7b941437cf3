package rtc

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pion/webrtc/v4"
)

// helloWait is how long a relay may take to begin the handshake that its answer says it begins: a bit more than the second
// after which common implementations send their first message again.
const helloWait = 1500 * time.Millisecond

// takeOver begins the handshake if the relay does not. Pion's part in it cannot be changed once a connection runs, so there is
// a second connection, with the credentials, the certificate, the source and the port of the first: the relay sees the
// same peer, which now says hello. It runs on a goroutine of its own.
func (p *Peer) takeOver() {
	select {
	case <-p.connected:
	case <-p.closed:
		return
	}
	timer := time.NewTimer(helloWait)
	defer timer.Stop()
	select {
	case <-p.up:
		return
	case <-p.closed:
		return
	case <-timer.C:
	}
	ctx, cancel := context.WithTimeout(context.Background(), helloWait)
	defer cancel()
	second, err := p.again(ctx)
	if err != nil {
		p.handler.State(Failed)
		return
	}
	p.mu.Lock()
	select {
	case <-p.closed:
		p.mu.Unlock()
		_ = second.Close()
		return
	default:
	}
	p.second.Store(second)
	p.mu.Unlock()
	second.Connect()
}

// again makes the second connection.
func (p *Peer) again(ctx context.Context) (*Peer, error) {
	pair, err := p.pc.GetTransceivers()[0].Sender().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return nil, fmt.Errorf("%w: the relay does not begin the handshake, and there is no way to it: %v", ErrAnswer, err)
	}
	// From here on the first one is silent: what happens to it is of no interest, and its port is needed.
	p.muted.Store(true)
	_ = p.pc.Close()
	_ = p.pc.GracefulClose()

	settings := p.settings
	settings.SetICECredentials(attribute(p.local, "ice-ufrag"), attribute(p.local, "ice-pwd"))
	if p.endpoint.mux == nil {
		if err := settings.SetEphemeralUDPPortRange(pair.Local.Port, pair.Local.Port); err != nil {
			return nil, err
		}
	}
	second, err := p.endpoint.newPeer(settings, p.servers, p.handler)
	if err != nil {
		return nil, err
	}
	second.track.pinned = p.source
	if err = second.offer(ctx); err == nil {
		err = second.Answered(p.answer, true)
	}
	if err != nil {
		_ = second.Close()
		return nil, err
	}
	return second, nil
}

// attribute returns the value of the first attribute of that name in an SDP.
func attribute(sdp, name string) string {
	_, rest, _ := strings.Cut(sdp, "\na="+name+":")
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// dialled is what a connection that offers keeps for a second one.
type dialled struct {
	endpoint *Endpoint
	settings webrtc.SettingEngine
	servers  []webrtc.ICEServer
	source   webrtc.SSRC
	answer   *Answer
	// awaitsHello means that the relay is to begin the handshake.
	awaitsHello bool
}
