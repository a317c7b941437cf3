package rtpaudio

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/pion/rtp"
)

// A key is held for 100 ms and 100 ms pass before the next, in packets of 20 ms; ITU-T Q.24 lets receivers ask for 40 ms
// of each, and many want more.
const (
	keyHeld    = 5
	keyPackets = 10 // with the pause
	keyEnds    = 3  // how often the end of a key is sent (RFC 4733, section 2.5.1.4)
	keyUnits   = 8000 / 50
	keyVolume  = 10 // -10 dBm0
)

// press is the key that a Sender presses.
type press struct {
	code   byte
	sent   int    // packets of it so far
	ts     uint32 // of its beginning
	packet rtp.Packet
	data   [4]byte
}

// Press presses a telephone key, one of 0 to 9, *, #, and A to D: from now on Key has packets of it. It fails with ErrKey
// if it is none of them, if there is no payload type for keys (see WithEvents), or if the last one is still pressed.
func (s *Sender) Press(key rune) error {
	code := strings.IndexRune(keyNames, key)
	switch {
	case code < 0:
		return fmt.Errorf("%w: %q is not one of %s", ErrKey, key, keyNames)
	case s.events == 0:
		return fmt.Errorf("%w: there is no payload type for keys", ErrKey)
	case s.key != nil:
		return fmt.Errorf("%w: the last one is still pressed", ErrKey)
	}
	s.key = &press{code: byte(code), ts: s.packet.Timestamp + rtpRate/50}
	return nil
}

// Key returns the packet for the next 20 ms of the key that is pressed, and of the pause behind it; nil when there is
// none. A key takes the place of audio: send this and no Audio or Silence for those 20 ms. The packet is the Sender's own
// and valid until the next call.
func (s *Sender) Key() (*rtp.Packet, error) {
	k := s.key
	if k == nil {
		return nil, nil
	}
	k.sent++
	if k.sent == keyPackets {
		s.key = nil
	}
	if k.sent > keyHeld+keyEnds-1 {
		return s.Silence()
	}
	k.data[0], k.data[1] = k.code, keyVolume
	if k.sent >= keyHeld {
		k.data[1] |= 0x80 // the end
	}
	binary.BigEndian.PutUint16(k.data[2:], uint16(min(k.sent, keyHeld)*keyUnits))
	// The clock of the audio goes on, and so do the numbers, but all packets of a key bear the time of its beginning.
	k.packet.Header = s.next(nil, k.sent == 1).Header
	k.packet.PayloadType, k.packet.Timestamp, k.packet.Payload = s.events, k.ts, k.data[:]
	s.marked = true
	return &k.packet, nil
}
