package rtc

import (
	"context"
	"fmt"
	"strings"

	"github.com/pion/webrtc/v4"
)

// Offer makes a connection for a call of the business, and the offer to post, which is complete and does not change.
// Nothing is sent before Answered and Connect. Local says that the relay may be on this machine, as in tests and
// demonstrations: the offer then also has addresses that only this machine reaches. ICE servers are as for Answer.
func (e *Endpoint) Offer(ctx context.Context, local bool, servers []webrtc.ICEServer, h Handler) (*Peer, error) {
	settings := e.public
	if local {
		settings = e.both
	}
	p, err := e.newPeer(settings, servers, h)
	if err != nil {
		return nil, err
	}
	p.endpoint, p.settings, p.servers = e, settings, servers
	if err := p.offer(ctx); err != nil {
		_ = p.Close()
		return nil, fmt.Errorf("rtc: cannot make an offer: %w", err)
	}
	return p, nil
}

func (p *Peer) offer(ctx context.Context) error {
	if err := p.addTrack(); err != nil {
		return err
	}
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	return p.describe(ctx, offer)
}

// Answered gives the connection the relay's answer; then comes Connect. It returns ErrAnswer if nothing can come of
// the answer. Call it once.
//
// Who begins the DTLS handshake is as the answer says. If it says that the relay does, and the relay does not within 1.5 s,
// this side does; with client it does so at once. Meta's documents contradict each other there.
func (p *Peer) Answered(a *Answer, client bool) error {
	text := a.sdp
	if client {
		text = strings.ReplaceAll(text, "a=setup:active\r\n", "a=setup:passive\r\n")
	}
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: text}); err != nil {
		return fmt.Errorf("%w: %v", ErrAnswer, err)
	}
	p.remote, p.answer, p.awaitsHello = &a.description, a, a.Active && !client
	return nil
}
