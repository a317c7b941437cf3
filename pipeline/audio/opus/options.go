package opus

import "fmt"

// Option changes how an Encoder works.
type Option func(*settings) error

type settings struct {
	bitrate     int
	complexity  int
	lossPercent int
	fec         bool
	dtx         bool
}

// defaults are meant for a bot that speaks over a telephone: 24 kbit/s is transparent for one voice; complexity 5 costs half of
// libopus' own default 9 and cannot be told apart by ear; and 10 % expected loss makes the encoder spend bits on
// copies of the packet before.
func defaults() settings {
	return settings{bitrate: 24000, complexity: 5, lossPercent: 10, fec: true}
}

// apply returns the settings that options make of the defaults.
func apply(opts []Option) (settings, error) {
	s := defaults()
	for _, o := range opts {
		if err := o(&s); err != nil {
			return settings{}, err
		}
	}
	return s, nil
}

// CheckOptions returns the error that NewEncoder would return for these options, for owners of encoders that are made
// later.
func CheckOptions(opts ...Option) error {
	_, err := apply(opts)
	return err
}

// WithBitrate sets the average bits per second, 6000 to 510000; 24000 by default.
func WithBitrate(bitsPerSecond int) Option {
	return func(s *settings) error {
		if bitsPerSecond < 6000 || bitsPerSecond > 510000 {
			return fmt.Errorf("%w: bitrate %d is not within 6000 to 510000 bit/s", ErrOption, bitsPerSecond)
		}
		s.bitrate = bitsPerSecond
		return nil
	}
}

// WithComplexity sets how much work the encoder does, 0 to 10; 5 by default.
func WithComplexity(complexity int) Option {
	return func(s *settings) error {
		if complexity < 0 || complexity > 10 {
			return fmt.Errorf("%w: complexity %d is not within 0 to 10", ErrOption, complexity)
		}
		s.complexity = complexity
		return nil
	}
}

// WithFEC sets whether packets carry a coarse copy of the packet before, and for which loss in percent, 0 to 100, that is
// weighed against quality. By default they do, for a loss of 10 %.
func WithFEC(on bool, expectedLossPercent int) Option {
	return func(s *settings) error {
		if expectedLossPercent < 0 || expectedLossPercent > 100 {
			return fmt.Errorf("%w: expected loss of %d %% is not within 0 to 100", ErrOption, expectedLossPercent)
		}
		s.fec, s.lossPercent = on, expectedLossPercent
		return nil
	}
}

// WithDTX sets discontinuous transmission: in silence most packets have at most 2 bytes and need not be sent.
// It is off by default, for a constant stream keeps network paths and jitter buffers warm.
func WithDTX(on bool) Option {
	return func(s *settings) error {
		s.dtx = on
		return nil
	}
}
