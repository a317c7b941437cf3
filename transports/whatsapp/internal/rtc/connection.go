package rtc

import (
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/webrtc/v4"
)

// newConnection makes a connection that knows Opus and keys, and reports through the gate what it sent and received.
func newConnection(s webrtc.SettingEngine, c webrtc.Configuration, g *gate) (*webrtc.PeerConnection, error) {
	media := &webrtc.MediaEngine{}
	for _, codec := range []webrtc.RTPCodecParameters{
		// No fmtp: with one, an offer with another would lose Opus and keep only telephone-event.
		{RTPCodecCapability: opus(), PayloadType: 111},
		{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: "audio/telephone-event", ClockRate: 8000}, PayloadType: 126},
	} {
		if err := media.RegisterCodec(codec, webrtc.RTPCodecTypeAudio); err != nil {
			return nil, err
		}
	}
	registry, err := reports(g)
	if err != nil {
		return nil, err
	}
	return webrtc.NewAPI(webrtc.WithSettingEngine(s), webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry)).
		NewPeerConnection(c)
}

func opus() webrtc.RTPCodecCapability {
	return webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
}

// reports makes sender and receiver reports and nothing else: the relay offers no retransmission for audio. The gate
// is added first, so that they write through it.
func reports(g *gate) (*interceptor.Registry, error) {
	sender, err := report.NewSenderInterceptor()
	if err != nil {
		return nil, err
	}
	receiver, err := report.NewReceiverInterceptor()
	if err != nil {
		return nil, err
	}
	r := &interceptor.Registry{}
	r.Add(g)
	r.Add(sender)
	r.Add(receiver)
	return r, nil
}
