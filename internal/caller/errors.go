package caller

import "errors"

var (
	// ErrSilent reports a bot that took the call and was never heard.
	ErrSilent = errors.New("the bot was not heard")
	// ErrNotSpeaking reports that there was nothing to interrupt.
	ErrNotSpeaking = errors.New("the bot did not speak, so it could not be interrupted")
	// ErrClip reports a recording that cannot be used.
	ErrClip = errors.New("cannot use this recording")
)
