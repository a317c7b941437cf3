package opus

import (
	"fmt"
	"time"
)

// FrameDuration is the length of the audio in one packet that an Encoder makes: what WhatsApp and WebRTC use.
const FrameDuration = 20 * time.Millisecond

// MaxPacketDuration is the length of the longest packet that there can be (RFC 6716, section 3.2.5).
const MaxPacketDuration = 120 * time.Millisecond

// maxPacketBytes is the size of the largest frame (RFC 6716, section 3.2.1) and its one byte of table of contents.
const maxPacketBytes = 1275 + 1

// ValidRate tells whether Opus encodes and decodes at this number of samples per second without resampling.
func ValidRate(rate int) bool {
	switch rate {
	case 8000, 12000, 16000, 24000, 48000:
		return true
	}
	return false
}

func checkRate(rate int) error {
	if !ValidRate(rate) {
		return fmt.Errorf("%w, not %d: resample first, with audio.NewResampler", ErrRate, rate)
	}
	return nil
}

// samplesIn is the number of samples at a rate, exact for all durations of Opus.
func samplesIn(d time.Duration, rate int) int {
	return int(int64(d) * int64(rate) / int64(time.Second))
}
