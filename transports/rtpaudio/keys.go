package rtpaudio

import (
	"encoding/binary"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
)

// keyTimeout is when a key counts as released although the packets that say so were lost: senders repeat the
// event every 20 to 50 ms (RFC 4733, section 2.5.1.2).
const keyTimeout = 200 * time.Millisecond

// keyWindow is how far back, on Opus' clock, a packet belongs to an old key and not to a sender that began anew.
const keyWindow = 5 * rtpRate

// keyNames are the keys by event code (RFC 4733, section 3.2).
const keyNames = "0123456789*#ABCD"

// keys makes one DTMF frame of the many packets that tell of one key: some while it is held down, three at its
// end, any of which may be lost or repeated.
type keys struct {
	clock int // Hz
	emit  func(frame.DTMF)

	known    bool // the following describe the last key
	down     bool
	code     byte
	ts       uint32 // of its beginning: what tells one key from the next
	earlier  uint32 // ticks in former segments of a key that is held for long
	duration uint32 // ticks in this segment
	seen     time.Time
}

// packet takes the payload of a telephone-event. It returns false if it is none.
func (k *keys) packet(ts uint32, marker bool, payload []byte, now time.Time) bool {
	if len(payload) < 4 {
		return false
	}
	code, end := payload[0], payload[1]&0x80 != 0
	duration := uint32(binary.BigEndian.Uint16(payload[2:4]))
	if int(code) >= len(keyNames) {
		return true // a flash or a modem tone: valid, but no key
	}
	switch back := int32(k.ts - ts); {
	case !k.known || back < 0 || back > keyWindow:
		k.next(ts, marker, code)
	case back > 0 || !k.down:
		return true // of a key that was dealt with
	}
	k.seen = now
	k.duration = max(k.duration, duration)
	if end {
		k.release()
	}
	return true
}

// next begins a key, or goes on with one that is held for so long that its duration overflows: that comes
// as a new event without the marker (RFC 4733, section 2.5.1.3).
func (k *keys) next(ts uint32, marker bool, code byte) {
	const nearlyFull = 0xf000
	if k.down && code == k.code && !marker && k.duration >= nearlyFull {
		k.earlier += k.duration
	} else {
		k.release() // its end was lost
		k.earlier = 0
	}
	k.known, k.down, k.code, k.ts, k.duration = true, true, code, ts, 0
}

// tick releases a key whose end was lost.
func (k *keys) tick(now time.Time) {
	if k.down && now.Sub(k.seen) >= keyTimeout {
		k.release()
	}
}

func (k *keys) release() {
	if !k.down {
		return
	}
	k.down = false
	ticks := int64(k.earlier) + int64(k.duration)
	k.emit(frame.DTMF{
		Digit:    rune(keyNames[k.code]),
		Duration: time.Duration(ticks * int64(time.Second) / int64(k.clock)),
	})
}
