package whatsapptest

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/pion/rtp"
)

// dtmfKeys are the telephone keys in the order of their event codes (RFC 4733).
const dtmfKeys = "0123456789*#ABCD"

const (
	keyFrames = 5         // a key is held for 100 ms
	keyGap    = 3         // and 60 ms pass before the next
	keyTicks  = 8000 / 50 // duration of a frame, in units of telephone-event/8000
	keyVolume = 10        // -10 dBm0
)

// keyFrame is what is sent instead of one frame of sound.
type keyFrame struct {
	code     uint8
	number   int  // of the frame within the key, from 1
	last     bool // the key is released: sent three times
	pause    bool // nothing at all
	finished chan struct{}
}

// Press presses telephone keys, 100 ms each, and returns when the last was released. Keys are 0 to 9, *, # and
// A to D.
func (c *Call) Press(ctx context.Context, keys string) error {
	var frames []keyFrame
	for _, key := range keys {
		code := strings.IndexRune(dtmfKeys, key)
		if code < 0 {
			return fmt.Errorf("whatsapptest: %q is no telephone key, want one of %s", key, dtmfKeys)
		}
		for n := 1; n <= keyFrames; n++ {
			frames = append(frames, keyFrame{code: uint8(code), number: n, last: n == keyFrames})
		}
		for range keyGap {
			frames = append(frames, keyFrame{pause: true})
		}
	}
	if len(frames) == 0 {
		return nil
	}
	finished := make(chan struct{})
	frames[len(frames)-1].finished = finished
	m := c.media.mic
	m.mu.Lock()
	m.keys = append(m.keys, frames...)
	m.mu.Unlock()
	select {
	case <-finished:
		return nil
	case <-c.done:
		return fmt.Errorf("%w: %s", ErrEnded, c.Ending().Reason)
	case <-ctx.Done():
		return fmt.Errorf("whatsapptest: press keys: %w", ctx.Err())
	}
}

// sendKey sends the next frame of a key, if one is pressed, and reports whether sound has to wait.
func (m *microphone) sendKey() bool {
	m.mu.Lock()
	if len(m.keys) == 0 {
		m.mu.Unlock()
		return false
	}
	frame := m.keys[0]
	m.keys = m.keys[1:]
	m.mu.Unlock()
	if frame.finished != nil {
		defer close(frame.finished)
	}
	if frame.pause {
		return false
	}
	// All packets of a key have the timestamp of its beginning, and share the sequence with the sound.
	audioTime := m.packet.Timestamp
	m.packet.Timestamp -= uint32(frame.number-1) * ticksPerStep
	m.packet.PayloadType = m.dtmf
	m.packet.Marker = frame.number == 1
	payload := []byte{frame.code, keyVolume, 0, 0}
	binary.BigEndian.PutUint16(payload[2:], uint16(frame.number*keyTicks))
	copies := 1
	if frame.last {
		payload[1] |= 0x80
		copies = 3
	}
	for range copies {
		m.send(payload)
	}
	m.packet.PayloadType, m.packet.Timestamp = m.opus, audioTime
	return true
}

// receiveDTMF logs the keys that the bot presses, once each.
func (c *Call) receiveDTMF(p *rtp.Packet, at time.Time) {
	if len(p.Payload) < 4 || int(p.Payload[0]) >= len(dtmfKeys) {
		c.violate("telephone-event packet that is too short or has an unknown event", at)
		return
	}
	s := &c.media.check
	if s.started && p.SSRC != s.ssrc {
		c.violate("telephone-event on another SSRC than the sound", at)
	}
	s.seq = p.SequenceNumber
	if p.Payload[1]&0x80 == 0 || s.keyEnd == p.Timestamp && s.keyEnded {
		return
	}
	s.keyEnd, s.keyEnded = p.Timestamp, true
	c.e.log.add(Event{At: at, Kind: EventDTMF, Call: c.id, Detail: dtmfKeys[p.Payload[0] : p.Payload[0]+1]})
}
