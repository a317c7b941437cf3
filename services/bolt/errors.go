package bolt

import "errors"

var (
	// ErrLocked means that another process has the file open.
	ErrLocked = errors.New("bolt: the file is in use by another process")
	// ErrNotStore means that the file is no bbolt database of a known version.
	ErrNotStore = errors.New("bolt: the file is not a store")
	// ErrCorrupt means that the file or a log is damaged, or that one of them is missing.
	ErrCorrupt = errors.New("bolt: the file is damaged")
	// ErrForeignLog means that a log beside the file belongs to another one, or to an older or newer copy of it.
	ErrForeignLog = errors.New("bolt: the log belongs to another store")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("bolt: the store is closed")
	// ErrEmptyKey is returned for the key "", which no store takes.
	ErrEmptyKey = errors.New("bolt: empty key")
)
