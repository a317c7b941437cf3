package pipeline

import "fmt"

// Interrupted is broadcast when the current generation was killed: all of its response that was not played
// is gone. What was heard of it is told by the output, before this session's next Durable frame.
type Interrupted struct {
	Signal
	// Reason says why, such as "user speaks".
	Reason string
}

// Failure is broadcast when something went wrong that does not end the session.
type Failure struct {
	Signal
	// Stage is the name of the stage in which it happened.
	Stage string
	// Err says what happened.
	Err error
}

// String prints "stt: connection lost".
func (f Failure) String() string { return fmt.Sprintf("%s: %v", f.Stage, f.Err) }

// End asks for the orderly end of the session: it travels behind all other frames, every stage finishes what
// it has when it comes by, and the session ends when it has left the last stage. The engine passes it on
// itself; a stage that handles it finishes what it has in the handler.
type End struct {
	Durable
	// Reason says why, such as "caller hung up".
	Reason string
}
