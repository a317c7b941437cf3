package wal

import "errors"

var (
	// ErrDamaged means that what was in the file cannot be read any more.
	ErrDamaged = errors.New("damaged")
	// ErrForeign means that the file is the log of another session.
	ErrForeign = errors.New("the log of another store")
	// ErrLater means that the file has changes from after the epoch that was asked for.
	ErrLater = errors.New("later than the store")
	// ErrEmpty means that the file has no byte.
	ErrEmpty = errors.New("empty")

	errBroken = errors.New("an earlier write to it has failed")
)
