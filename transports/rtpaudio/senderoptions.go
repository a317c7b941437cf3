package rtpaudio

import (
	"fmt"

	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// SenderOption changes how a Sender works.
type SenderOption func(*Sender) error

// WithEncoder sets options of the Opus encoder, such as opus.WithBitrate. They are checked by NewSender.
func WithEncoder(opts ...opus.Option) SenderOption {
	return func(s *Sender) error {
		s.opts = append(s.opts, opts...)
		return opus.CheckOptions(s.opts...)
	}
}

// WithStart sets the first packet's sequence number and timestamp, which are random by default.
func WithStart(seq uint16, timestamp uint32) SenderOption {
	return func(s *Sender) error {
		s.packet.SequenceNumber, s.packet.Timestamp = seq-1, timestamp-rtpRate/50
		return nil
	}
}

// WithSSRC sets the synchronization source, which is random by default. A WebRTC track sets its own.
func WithSSRC(ssrc uint32) SenderOption {
	return func(s *Sender) error {
		s.packet.SSRC = ssrc
		return nil
	}
}

// WithEvents sets the payload type of telephone-event, 1 to 127, for the keys that Press sends. 0 is none.
func WithEvents(payloadType uint8) SenderOption {
	return func(s *Sender) error {
		if payloadType > 127 || payloadType != 0 && payloadType == s.packet.PayloadType {
			return fmt.Errorf("%w: payload type %d of telephone-event is not within 1 to 127, or that of Opus", ErrConfig, payloadType)
		}
		s.events = payloadType
		return nil
	}
}
