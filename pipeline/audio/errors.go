package audio

import "errors"

// Errors of this package. They are wrapped with what was wrong in particular.
var (
	// ErrFormat means that audio has a rate or a number of channels that cannot be worked with.
	ErrFormat = errors.New("audio: bad format")
	// ErrOption means that an option's value is out of its range.
	ErrOption = errors.New("audio: bad option")
	// ErrWAV means that a file is no WAV file, or one of a kind that is not read here.
	ErrWAV = errors.New("audio: bad WAV file")
)
