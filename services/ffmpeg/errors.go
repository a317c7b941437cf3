package ffmpeg

import "errors"

var (
	// ErrMissing means that there is no program ffmpeg on the PATH.
	ErrMissing = errors.New("ffmpeg: the program is not installed; install the package ffmpeg")
	// ErrSound means that a file is no sound that the program can read, or is damaged. It is wrapped with what the program said.
	ErrSound = errors.New("ffmpeg: the file cannot be decoded")
)
