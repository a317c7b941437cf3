package rtpaudio

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrConfig means that a Receiver or a Sender cannot be made as asked.
	ErrConfig = errors.New("rtpaudio: bad configuration")
	// ErrFrame means that a piece of audio cannot be sent as one packet.
	ErrFrame = errors.New("rtpaudio: cannot send this audio")
	// ErrKey means that a telephone key cannot be sent.
	ErrKey = errors.New("rtpaudio: cannot send this key")
)
