package whatsapptest

import "time"

// By says who ended a call.
type By string

// Who can end a call.
const (
	ByUser     By = "user"
	ByBusiness By = "business"
	ByNetwork  By = "network" // a time limit
)

const (
	statusCompleted = "COMPLETED"
	statusFailed    = "FAILED"
	codeNoMedia     = 138021 // the client received no media for a long time
)

// Ending is how a call ended.
type Ending struct {
	By     By
	Reason string // such as "hung up", "not answered", "no media"
	Status string // COMPLETED or FAILED, as the terminate webhook says
	Code   int    // the error code of a failed call, such as 138021
	At     time.Time
	// Duration is how long the call was in progress; 0 if it never was.
	Duration time.Duration
}

// Timings are the moments of a call. Moments that did not come are zero.
type Timings struct {
	Ring            time.Time // the connect webhook went out; the zero of the call's sample clock
	WebhookAnswered time.Time
	PreAccept       time.Time
	ICEUp           time.Time
	DTLSUp          time.Time
	Accept          time.Time
	FirstPacket     time.Time // the bot's first valid SRTP packet
	FirstSpeech     time.Time // the first sound in what the bot sent
	Ended           time.Time
}
