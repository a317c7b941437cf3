package opus

import (
	"fmt"
	"time"
)

// PacketSamples returns how many samples a packet decodes to at the given rate. It reads only the table of contents
// (RFC 6716, section 3.1), not the audio; a length that no packet can have is ErrPacket.
func PacketSamples(packet []byte, rate int) (int, error) {
	if err := checkRate(rate); err != nil {
		return 0, err
	}
	if len(packet) == 0 {
		return 0, fmt.Errorf("%w: it is empty", ErrPacket)
	}
	frames, err := frameCount(packet)
	if err != nil {
		return 0, err
	}
	total := frameDuration(packet[0]) * time.Duration(frames)
	if frames == 0 || total > MaxPacketDuration {
		return 0, fmt.Errorf("%w: %d frames that last %v, want at least one and at most %v", ErrPacket, frames, total, MaxPacketDuration)
	}
	return samplesIn(total, rate), nil
}

// frameDuration reads the length of one frame from the configuration, the upper 5 bits of the first byte.
func frameDuration(toc byte) time.Duration {
	config := toc >> 3
	switch {
	case config < 12: // SILK: 10, 20, 40, 60 ms
		return [...]time.Duration{10, 20, 40, 60}[config%4] * time.Millisecond
	case config < 16: // SILK and CELT together: 10, 20 ms
		return [...]time.Duration{10, 20}[config%2] * time.Millisecond
	default: // CELT: 2.5, 5, 10, 20 ms
		return 2500 * time.Microsecond << (config % 4)
	}
}

func frameCount(packet []byte) (int, error) {
	switch packet[0] & 3 {
	case 0:
		return 1, nil
	case 1, 2:
		return 2, nil
	}
	if len(packet) < 2 {
		return 0, fmt.Errorf("%w: one byte, 0x%02x, that announces a second", ErrPacket, packet[0])
	}
	return int(packet[1] & 0x3f), nil
}

// HasFEC tells whether a packet carries a copy of the one before it, so that Decoder.Recover has more to go by than a
// guess. It covers packets of one frame, which is what telephony sends; for others it says false.
func HasFEC(packet []byte) bool {
	if len(packet) < 2 || packet[0]&3 != 0 || packet[0]>>3 >= 16 {
		return false // only SILK has copies
	}
	// A SILK frame begins with flags, most significant bit first (RFC 6716, section 4.2.3): for each
	// channel one "voice active" for every 20 ms and then one "has copies".
	spans := max(1, int(frameDuration(packet[0])/FrameDuration))
	first := packet[1]>>(7-spans)&1 == 1
	if stereo := packet[0]&4 != 0; stereo {
		return first || packet[1]>>(6-2*spans)&1 == 1
	}
	return first
}
