package bolt

import "errors"

var (
	// ErrLocked means that another process has the file open.
	ErrLocked = errors.New("bolt: the file is in use by another process")
	// ErrNotStore means that the file is no bbolt database of a known version.
	ErrNotStore = errors.New("bolt: the file is not a store")
	// ErrCorrupt means that the file is damaged.
	ErrCorrupt = errors.New("bolt: the file is damaged")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("bolt: the store is closed")
	// ErrEmptyKey is returned for the key "", which no store takes.
	ErrEmptyKey = errors.New("bolt: empty key")
)
