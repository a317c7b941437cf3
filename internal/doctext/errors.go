package doctext

import "errors"

// Errors of Extract. They are wrapped with what was wrong in particular.
var (
	// ErrUnknown means that the document is of a type that is not read here.
	ErrUnknown = errors.New("doctext: the type is not known")
	// ErrTooMuch means that the document takes too much time or memory to read.
	ErrTooMuch = errors.New("doctext: the document takes too much to read")
	// ErrDamaged means that the document is not what it claims to be.
	ErrDamaged = errors.New("doctext: the document is damaged")
	// ErrProtected means that the document wants a password.
	ErrProtected = errors.New("doctext: the document is protected by a password")
	// ErrNoText means that there is no text in it, such as in scanned pages.
	ErrNoText = errors.New("doctext: the document has no text")
)
