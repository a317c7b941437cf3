package rtpaudio

import "github.com/parley-voice/parley/pipeline/audio/opus"

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
