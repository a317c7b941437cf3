package pipeline

import (
	"errors"
	"fmt"
)

var (
	// ErrWiring is wrapped by the errors of Check: the stages do not fit together.
	ErrWiring = errors.New("pipeline: wiring")
	// ErrOverflow ends a session in which a stage stood still until its queue of frames that must not be
	// lost was full.
	ErrOverflow = errors.New("pipeline: queue full")
	// ErrDeadGeneration is returned when a part of a response is pushed whose generation was killed. A handler
	// may stop and return it: the engine ignores it.
	ErrDeadGeneration = errors.New("pipeline: generation is dead")
	// ErrEnded is returned by Push when the session has ended.
	ErrEnded = errors.New("pipeline: session has ended")
	// ErrDeadline is wrapped when a stage took longer than a phase of the session's life allows.
	ErrDeadline = errors.New("pipeline: deadline exceeded")
	// ErrReused is returned when a pipeline is started twice: stages hold state, so build a new one.
	ErrReused = errors.New("pipeline: already started once; build a new pipeline for each session")
)

// StageError is the end of a session, or of its start, by the fault of one stage.
type StageError struct {
	Stage string // the stage's name
	Phase string // what it was doing: "start", "handle", "queue", "signal", "flush", "observe", "stop"
	Err   error
}

// Error names the stage and the phase.
func (e *StageError) Error() string {
	return fmt.Sprintf("pipeline: stage %s (%s): %v", e.Stage, e.Phase, e.Err)
}

// Unwrap returns the cause.
func (e *StageError) Unwrap() error { return e.Err }

// PanicError is a panic of a handler or hook, caught by the engine.
type PanicError struct {
	Value any
	Stack []byte
}

// Error prints the panic's value; the stack is in Stack.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }
