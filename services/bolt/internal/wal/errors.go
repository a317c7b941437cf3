package wal

import (
	"errors"
	"fmt"
)

var (
	// ErrDamaged means that what was in the file cannot be read any more.
	ErrDamaged = errors.New("damaged")
	// ErrForeign means that the file is the log of another session.
	ErrForeign = errors.New("the log of another store")
	// ErrUnused means that the file is the log of another session, and that nothing was ever appended to it.
	ErrUnused = fmt.Errorf("%w, never used", ErrForeign)
	// ErrLater means that the file has changes from after the epoch that was asked for.
	ErrLater = errors.New("later than the store")
	// ErrEmpty means that the file has no byte.
	ErrEmpty = errors.New("empty")

	errBroken = errors.New("an earlier write to it has failed")
)
