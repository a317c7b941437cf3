package silero

import "errors"

var (
	// ErrWindow reports a window that does not have 512 samples.
	ErrWindow = errors.New("silero: wrong window size")
	// ErrClosed reports the use of a detector or an engine after it was closed.
	ErrClosed = errors.New("silero: closed")
)
