package hibari

import "errors"

var (
	// ErrOption reports an option with a value that makes no sense.
	ErrOption = errors.New("hibari: bad option")
	// ErrModel reports files of the model that cannot be used.
	ErrModel = errors.New("hibari: the model's files cannot be used; run `parley setup` to fetch them again")
	// ErrClosed is what Synthesize yields after Close.
	ErrClosed = errors.New("hibari: the engine is closed")
)
