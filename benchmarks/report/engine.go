package report

import "time"

// Engine is what the bare engine costs on one core.
type Engine struct {
	Costs   []EngineCost
	Crowds  []EngineCrowd
	Busy    []EngineBusy
	Targets []Target
}

// EngineCost is the cost of the bare engine with a number of stages in a row that do nothing.
type EngineCost struct {
	Stages int
	Hops   int // queues that a frame goes through on its way
	// PerFrame is from a frame's push into the first stage until it has left the last, with one frame in flight.
	PerFrame Stat
	// BurstPerFrame is wall time by frame when frames come as fast as they go.
	BurstPerFrame time.Duration
	// Interrupt is how long an interruption takes with full queues: then nothing more of the response is played.
	Interrupt Stat
	// Flushed is from Interrupt until the next response has come to the end, past all that was queued.
	Flushed Stat
}

// EngineCrowd is the cost of a number of sessions in one process, of which all but a few idle.
type EngineCrowd struct {
	Sessions    int
	Goroutines  float64       // of each
	Bytes       int64         // of each, heap and stacks
	Start, Stop time.Duration // of each
	PerFrame    time.Duration // through all stages, one in flight
	Hops        int           // queues that a frame goes through on its way
}

// EngineBusy is a number of sessions that all talk at once, in real time.
type EngineBusy struct {
	Sessions int
	CPU      float64 // cores in use
	Late     Stat    // from when a piece of audio is due until the stage that wants it has it
	Dropped  uint64  // pieces of audio
}

// Target is a figure and what it must be.
type Target struct {
	What string `json:"what"`
	Want string `json:"want"`
	Got  string `json:"got"`
	Met  bool   `json:"met"`
}
