package ogg

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrOgg means that the bytes are not an Ogg file with Opus in it.
	ErrOgg = errors.New("ogg: bad file")
	// ErrCodec means that it is an Ogg file, and what is in it is not Opus. It comes with ErrOgg.
	ErrCodec = errors.New("there is no Opus in it")
	// ErrTruncated means that the file ends in the middle. What was read before is good.
	ErrTruncated = errors.New("ogg: the file was cut off")
	// ErrPacket means that a packet cannot be written: it is empty, too large, or its duration is not possible.
	ErrPacket = errors.New("ogg: bad packet")
)
