package opus

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrRate means that Opus does not have the sample rate.
	ErrRate = errors.New("opus: the sample rate must be 8000, 12000, 16000, 24000 or 48000 Hz")
	// ErrOption means that an option's value is out of its range.
	ErrOption = errors.New("opus: bad option")
	// ErrPacket means that the bytes are not an Opus packet. The decoder stays usable: conceal and go on.
	ErrPacket = errors.New("opus: bad packet")
	// ErrFrameSize means that the number of samples does not fit.
	ErrFrameSize = errors.New("opus: bad number of samples")
	// ErrTooLong means that a file has more audio than it may.
	ErrTooLong = errors.New("opus: the file has too much audio")
)
