package rtpaudio

import (
	"fmt"
	"time"
)

// ReceiverOption changes how a Receiver works.
type ReceiverOption func(*receiverSettings) error

type receiverSettings struct {
	reorderWait time.Duration
	stallWait   time.Duration
	eventClock  int
}

// 60 ms are three packets: a packet that was overtaken by three others is, on the Internet, almost always lost.
// 80 ms of silence on the wire are longer than usual jitter and much shorter than any pause that ends a turn.
func receiverDefaults() receiverSettings {
	return receiverSettings{reorderWait: 60 * time.Millisecond, stallWait: 80 * time.Millisecond, eventClock: 8000}
}

// WithReorderWait sets how long a missing packet is waited for once a later one has come, 0 to 500 ms; 60 ms by default.
func WithReorderWait(d time.Duration) ReceiverOption {
	return func(s *receiverSettings) error {
		if d < 0 || d > 500*time.Millisecond {
			return fmt.Errorf("%w: a reorder wait of %v is not within 0 to 500ms", ErrConfig, d)
		}
		s.reorderWait = d
		return nil
	}
}

// WithStallWait sets how late the next packet may be until the clock fills in silence, 20 ms to 1 s; 80 ms by default.
// What was waited is filled in as well, so a longer wait does not delay the end of the user's turn
// unless it exceeds the VAD's stop time.
func WithStallWait(d time.Duration) ReceiverOption {
	return func(s *receiverSettings) error {
		if d < 20*time.Millisecond || d > time.Second {
			return fmt.Errorf("%w: a stall wait of %v is not within 20ms to 1s", ErrConfig, d)
		}
		s.stallWait = d
		return nil
	}
}

// WithEventClock sets the clock rate of telephone-event, in which durations count; 8000 Hz by default, as in
// "a=rtpmap:126 telephone-event/8000".
func WithEventClock(hz int) ReceiverOption {
	return func(s *receiverSettings) error {
		if hz < 8000 || hz > 48000 {
			return fmt.Errorf("%w: an event clock of %d Hz is not within 8000 to 48000", ErrConfig, hz)
		}
		s.eventClock = hz
		return nil
	}
}
