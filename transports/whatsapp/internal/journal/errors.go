package journal

import "errors"

var (
	// ErrTaken means that another process has opened the journal of this node. This one can write nothing any more.
	ErrTaken = errors.New("journal: another process uses this node's name; give each a name of its own")
	// ErrFull means that too many items are open.
	ErrFull = errors.New("journal: too many items are open")
	// ErrSlow means that the store takes too long: what waits for it is too old.
	ErrSlow = errors.New("journal: the store takes too long to write")
	// ErrClosed means that the journal was closed.
	ErrClosed = errors.New("journal: closed")
	// ErrDamaged is wrapped by errors about stored values that cannot be read.
	ErrDamaged = errors.New("journal: a stored value is damaged")
	// ErrNode means that a node's name cannot be used.
	ErrNode = errors.New("journal: the node's name cannot be used")
)
