package rtc

import (
	"cmp"
	"errors"
	"sync"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// errNoTrack means that nothing was agreed on yet.
var errNoTrack = errors.New("rtc: there is nothing to send through yet")

// track sends audio and keys from one source, as WhatsApp wants it; pion's own tracks give every packet the same
// payload type.
type track struct {
	pinned webrtc.SSRC // the source, whatever pion chooses; 0 leaves it to pion

	mu   sync.Mutex
	ssrc webrtc.SSRC
	opus webrtc.PayloadType
	out  webrtc.TrackLocalWriter
}

// Bind is called by pion when there is an agreement.
func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, p := range c.CodecParameters() {
		if p.MimeType != webrtc.MimeTypeOpus {
			continue
		}
		t.mu.Lock()
		defer t.mu.Unlock()
		t.ssrc, t.opus, t.out = cmp.Or(t.pinned, c.SSRC()), p.PayloadType, c.WriteStream()
		return p, nil
	}
	return webrtc.RTPCodecParameters{}, webrtc.ErrUnsupportedCodec
}

// Unbind is called by pion when the connection ends.
func (t *track) Unbind(webrtc.TrackLocalContext) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.out = nil
	return nil
}

func (t *track) ID() string                { return "audio" }
func (t *track) RID() string               { return "" }
func (t *track) StreamID() string          { return "parley" }
func (t *track) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// write sends a packet of the payload type for events, or else of Opus.
func (t *track) write(p *rtp.Packet, events uint8) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil {
		return errNoTrack
	}
	if p.SSRC = uint32(t.ssrc); events == 0 || p.PayloadType != events {
		p.PayloadType = uint8(t.opus)
	}
	_, err := t.out.WriteRTP(&p.Header, p.Payload)
	return err
}
