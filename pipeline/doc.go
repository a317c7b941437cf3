// Package pipeline runs a list of stages, each on a goroutine of its own, connected by channels.
//
// Two planes exist. Content flows one way, in order, through the channels. Signals are facts that go to every
// stage at once and overtake the content. There is no upstream direction.
//
// A stage declares the frame types that it handles; all others pass it by. Since stages also declare what they
// make, New can check the wiring before anything runs.
//
// # Lanes
//
// A frame type embeds its lane, and the lane decides what becomes of the frame:
//
//	lane      order                       when the queue is full          at an interruption
//	Signal    to every stage at once,     ends the session (ErrOverflow)  kept
//	          before its next frame
//	Media     in order                    dropped, counted, Failure       kept
//	Durable   in order                    ends the session (ErrOverflow)  kept
//	Response  in order                    the sender waits                dropped
//
// # Generations
//
// A generation is one attempt at a response. Interrupt kills the current generation and opens a new one: the
// contexts of all handlers that work for the dead one are cancelled, and what is queued of it is dropped at
// the next hop. A Durable frame whose generation died is still delivered, with its context already cancelled,
// so that what the user said is never lost.
//
// # Life
//
// Run blocks until the session ends and says why. An End frame ends it when all before it is done; cancelling
// the context aborts it. Each phase has a deadline, a stage that overruns it is named, and a panic in a handler
// is an error of that session alone.
package pipeline
