package fakerelay

import (
	"errors"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// track sends packets of any payload type from one source, as WhatsApp does with audio and keys.
type track struct {
	mu   sync.Mutex
	ssrc uint32
	out  webrtc.TrackLocalWriter
}

func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ssrc, t.out = uint32(c.SSRC()), c.WriteStream()
	for _, p := range c.CodecParameters() {
		if p.MimeType == webrtc.MimeTypeOpus {
			return p, nil
		}
	}
	return webrtc.RTPCodecParameters{}, errors.New("fakerelay: the answer has no Opus")
}

func (t *track) Unbind(webrtc.TrackLocalContext) error { return nil }
func (t *track) ID() string                            { return "WhatsAppTrack1" }
func (t *track) RID() string                           { return "" }
func (t *track) StreamID() string                      { return "relay" }
func (t *track) Kind() webrtc.RTPCodecType             { return webrtc.RTPCodecTypeAudio }

func (t *track) write(p *rtp.Packet) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil {
		return errors.New("fakerelay: there is no answer yet")
	}
	p.SSRC = t.ssrc
	_, err := t.out.WriteRTP(&p.Header, p.Payload)
	return err
}
