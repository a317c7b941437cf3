package workspace

import "errors"

var (
	// ErrFolder means that the folder is not there or cannot be read.
	ErrFolder = errors.New("workspace: the folder cannot be read")
	// ErrEmpty means that no file in the folder has any text.
	ErrEmpty = errors.New("workspace: there is no text in the folder")
	// ErrTooLarge means that the files together are larger than the limit.
	ErrTooLarge = errors.New("workspace: the files are too large for a prompt")
	// ErrNotText means that a file is not UTF-8 text.
	ErrNotText = errors.New("workspace: a file is not text")
)
