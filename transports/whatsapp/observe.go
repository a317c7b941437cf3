package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Event is something that an Observer sees: BotStarted, BotEnded, WebhookHandled, CallChanged, CallReached, CallTurn,
// MessageTaken, MessageBegan, MessageHandled, HeartbeatClosed or GraphAsked. There may be more in time.
type Event interface{ observable() }

// BotStarted is the first event of a bot. It comes from within New.
type BotStarted struct{ Bot *Bot }

// BotEnded is the last event of a bot.
type BotEnded struct{ Bot *Bot }

// WebhookHandled tells that a notification was answered.
type WebhookHandled struct {
	Began    time.Time
	Duration time.Duration
	// Code is the HTTP status, and Status what the answer says: "processing", "ignored", "invalid_payload",
	// "forbidden", "too_large", "unreadable" or "shutting_down".
	Code   int
	Status string
}

// CallChanged tells that a call has a new state, from Offered to Ended.
type CallChanged struct {
	Call  *Call
	State State
	At    time.Time
	Since time.Duration // since the call came, or was placed
	// Reason is why the call ends; nil before Ending.
	Reason error
	// Audio is what was counted of the caller's packets; it is set if State is Ended and there was a connection.
	Audio *rtpaudio.Stats
}

// Milestone is something on a call's way that is no state of it.
type Milestone uint8

// The milestones of a call, each of them once, in their order.
const (
	ICEConnected  Milestone = iota + 1 // the relay was reached
	DTLSConnected                      // keys were agreed on: media can flow
	FirstAudio                         // the first packet of what the bot says left for the user
)

var milestoneNames = [...]string{"", "ice", "dtls", "first_audio"}

// String returns the milestone's name, such as "dtls".
func (m Milestone) String() string {
	if int(m) < len(milestoneNames) {
		return milestoneNames[m]
	}
	return "unknown"
}

// CallReached tells that a call passed a milestone.
type CallReached struct {
	Call      *Call
	Milestone Milestone
	At        time.Time
	Since     time.Duration // since the call came, or was placed
}

// CallTurn tells that a turn of the user was answered: the first packet of the answer has left.
type CallTurn struct {
	Call *Call
	// Turn numbers the answered turns of the call, from 1.
	Turn int
	// Points is when the turn passed each frame.Point, by its number; zero for one that it did not pass.
	// frame.PointSpeechEnd and frame.PointFirstPacket are always there.
	Points [frame.PointFirstPacket + 1]time.Time
}

// Latency is the time from the end of the user's speech to the first packet of the answer.
func (t CallTurn) Latency() time.Duration {
	return t.Points[frame.PointFirstPacket].Sub(t.Points[frame.PointSpeechEnd])
}

// MessageTaken tells that a message of a user came and will be answered.
type MessageTaken struct {
	Type string // as Meta names it: "text", "audio", ...
	At   time.Time
}

// MessageBegan tells that the bot begins to answer a message, or several together.
type MessageBegan struct {
	Message *Message
	// Came is when the first of them came here, and At is now.
	Came, At time.Time
}

// MessageOutcome is what became of a message.
type MessageOutcome uint8

// The outcomes.
const (
	MessageAnswered   MessageOutcome = iota + 1 // by the bot's handler
	MessageReplied                              // with one of the bot's own texts
	MessageSuperseded                           // by a newer one, before anything was sent
	MessageFailed                               // Err says why; the user gets an apology if that can be sent
	MessageNoted                                // without an answer: it was a reaction
	MessageKept                                 // in the journal, for the next start: the bot ended while the answer waited for Meta's limits
)

var messageOutcomeNames = [...]string{"", "answered", "replied", "superseded", "failed", "noted", "kept"}

// String returns the outcome's name, such as "answered".
func (o MessageOutcome) String() string {
	if int(o) < len(messageOutcomeNames) {
		return messageOutcomeNames[o]
	}
	return "unknown"
}

// MessageHandled tells that the bot is done with a message, or with several that it answered together.
type MessageHandled struct {
	Message *Message
	Outcome MessageOutcome
	Err     error // of MessageFailed
	// Came is when the first of them came here, Began when their answer was begun and Ended when all was sent.
	Came, Began, Ended time.Time
}

// HeartbeatClosed tells that no heartbeats are sent until the recipient writes or calls. It comes once each time.
type HeartbeatClosed struct {
	To  webhook.User // without a name of any kind if nobody has written yet
	Why string       // as HeartbeatHealth.Closed
	At  time.Time
}

// GraphAsked tells that a request to the Graph API has ended, with all its attempts.
type GraphAsked struct {
	// Call or Message is what it was asked for; nil for what user code asks in a context of its own.
	Call    *Call
	Message *Message
	graph.Done
}

func (BotStarted) observable()      {}
func (BotEnded) observable()        {}
func (WebhookHandled) observable()  {}
func (CallChanged) observable()     {}
func (CallReached) observable()     {}
func (CallTurn) observable()        {}
func (MessageTaken) observable()    {}
func (MessageBegan) observable()    {}
func (MessageHandled) observable()  {}
func (HeartbeatClosed) observable() {}
func (GraphAsked) observable()      {}
