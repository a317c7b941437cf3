package frame

import "time"

// Position is a place in an audio stream: the number of samples since its start. The stream's rate is that of
// the frame which carries it; the built-in stages work at 16000 Hz, SampleRate.
type Position int64

// SampleRate is the rate at which transports deliver AudioIn, in samples per second: what speech engines want.
const SampleRate = 16000

// Time converts a position at the given rate into the time since the start of the stream.
func (p Position) Time(rate int) time.Duration {
	return time.Duration(int64(p) * int64(time.Second) / int64(rate))
}
