package whatsapptest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Kind names what an Event is about.
type Kind string

// The kinds of events.
const (
	EventRinging         Kind = "ringing"          // a call was placed; the connect webhook goes out
	EventWebhook         Kind = "webhook"          // the bot answered a webhook: Status, or Detail if it did not
	EventGraph           Kind = "graph"            // a Graph request was answered: Detail is "POST calls accept", Status
	EventPreAccepted     Kind = "pre_accepted"     // the answer is known; the relay hears
	EventAccepted        Kind = "accepted"         // the bot took the call
	EventRejected        Kind = "rejected"         // the bot declined it
	EventICEUp           Kind = "ice_up"           // the bot nominated a pair
	EventDTLSUp          Kind = "dtls_up"          // the handshake is through
	EventDTLSFailed      Kind = "dtls_failed"      // the handshake failed: Detail
	EventFirstPacket     Kind = "first_packet"     // the bot's first valid SRTP packet
	EventFirstSpeech     Kind = "first_speech"     // the first sound in what the bot sent
	EventPeerClosed      Kind = "peer_closed"      // the bot closed DTLS
	EventEnded           Kind = "ended"            // the call is over: Detail says why
	EventViolation       Kind = "violation"        // the bot broke a rule: Detail
	EventMessage         Kind = "message"          // the bot sent a message; see WaitMessage
	EventRead            Kind = "read"             // the bot marked a message as read: Detail is its id
	EventTyping          Kind = "typing"           // the bot shows that it types: Detail is the message it answers
	EventTypingEnded     Kind = "typing_ended"     // by a message, or after 25 s
	EventDTMF            Kind = "dtmf"             // the bot sent a telephone key: Detail is the digit
	EventWebhookVerified Kind = "webhook_verified" // the bot echoed the challenge
)

// Event is something that happened, with its time.
type Event struct {
	At     time.Time `json:"at"`
	Kind   Kind      `json:"kind"`
	Call   string    `json:"call,omitempty"`
	User   string    `json:"user,omitempty"`
	Status int       `json:"status,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

// String prints the event on one line.
func (e Event) String() string {
	s := e.At.Format("15:04:05.000") + " " + string(e.Kind)
	if e.Status != 0 {
		s += fmt.Sprintf(" %d", e.Status)
	}
	if e.Detail != "" {
		s += " " + e.Detail
	}
	return s
}

// eventLog keeps all events and wakes those who wait for one.
type eventLog struct {
	mu     sync.Mutex
	events []Event
	more   chan struct{} // closed and replaced with each event
}

// add appends an event.
func (l *eventLog) add(e Event) {
	if e.At.IsZero() {
		e.At = time.Now()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
}

// since returns the events from index i on, and a channel that is closed when there are more.
func (l *eventLog) since(i int) ([]Event, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more == nil {
		l.more = make(chan struct{})
	}
	return slices.Clone(l.events[min(i, len(l.events)):]), l.more
}

// Events returns all that happened so far, in order.
func (e *Emulator) Events() []Event {
	events, _ := e.log.since(0)
	return events
}

// WaitFor returns the first event for which the predicate is true, of those that happened already and those to
// come. It fails with the context's error.
func (e *Emulator) WaitFor(ctx context.Context, match func(Event) bool) (Event, error) {
	for seen := 0; ; {
		events, more := e.log.since(seen)
		for _, event := range events {
			if match(event) {
				return event, nil
			}
		}
		seen += len(events)
		select {
		case <-more:
		case <-ctx.Done():
			return Event{}, fmt.Errorf("whatsapptest: wait for an event: %w", ctx.Err())
		}
	}
}
