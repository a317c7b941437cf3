package whatsapp

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// DefaultHeartbeatMessage is what the agent is told with each heartbeat.
const DefaultHeartbeatMessage = "This is your regular heartbeat and not a message of the user. " +
	"Write to the user what is useful or kind to say now, in one or two short sentences."

// Heartbeat lets the agent write by itself: in every period it gets a message, as if the recipient had written it, and
// its answer goes to the recipient. In Chat both are part of their conversation.
//
// Nothing is sent unless the recipient wrote or called within the last 24 hours, since Meta forbids it; this is
// remembered across restarts to the minute. A beat waits until the recipient's own messages are answered, and is left
// out if the one before it still is being answered. Bots that share a store share the beats, too: there is one in each
// period, whichever of them gives it.
type Heartbeat struct {
	// Period is the time from one beat to the next; 0 is none.
	Period time.Duration
	// Message is what the agent is told; "" is DefaultHeartbeatMessage.
	Message string
	// Recipient is a number with country code, however written, or a business-scoped id. "" is the first user who
	// ever wrote to this bot and may, also in earlier runs.
	Recipient string
}

// HeartbeatHealth is how the heartbeat does.
type HeartbeatHealth struct {
	PeriodSeconds float64 `json:"period_seconds"`
	// Recipient is the end of the recipient's number or id; "" if nobody wrote yet.
	Recipient string `json:"recipient"`
	// Closed says why nothing was sent at the last beat; "" if the 24 hours were open.
	Closed string `json:"closed"`
	// Given counts the beats that the agent got, Skipped those that came while the one before was being answered, and
	// Closures how often the 24 hours were found to be over.
	Given    int64 `json:"given"`
	Skipped  int64 `json:"skipped"`
	Closures int64 `json:"closures"`
}

const (
	// pulseTimeout bounds what a beat may wait for the store.
	pulseTimeout = 10 * time.Second
	// contactPeriod is how often it is stored when the recipient was heard of.
	contactPeriod = time.Minute
)

// Why a beat is not given.
const (
	closedNobody = "nobody has written yet"
	closedSilent = "the recipient has not written or called within 24 hours"
	closedNotOK  = "the recipient is not on the list of allowed numbers"
)

// pulse gives the agent its heartbeats. A goroutine of its own, run, does the work.
type pulse struct {
	cfg       Heartbeat
	log       *slog.Logger
	recipient *recipient
	// margin is how long before the end of the 24 hours no beat is given any more: the answer takes its time.
	margin  time.Duration
	allowed func(webhook.User) bool
	// beat gives the agent the message, unless it still answers the last one.
	beat func(to contact) bool
	// shut is told once that the window is closed; nil does nothing.
	shut func(HeartbeatClosed)

	closed                   atomic.Pointer[string] // why the window is closed; nil if it is open
	given, skipped, closures atomic.Int64
}

// run beats until quit is closed. The end of ctx cuts off what still waits for the store then.
func (p *pulse) run(ctx context.Context, quit <-chan struct{}) {
	beat, store := time.NewTicker(p.cfg.Period), time.NewTicker(contactPeriod)
	defer beat.Stop()
	defer store.Stop()
	p.sync(ctx, false)
	for {
		select {
		case <-beat.C:
			p.tick(ctx, time.Now())
		case <-store.C:
			p.sync(ctx, false)
		case <-p.recipient.changed:
			p.sync(ctx, false)
		case <-quit:
			p.sync(ctx, false)
			return
		}
	}
}

// sync brings what is known of the recipient and what is stored into line. It reports whether this may be done: see
// recipient.sync.
func (p *pulse) sync(ctx context.Context, claim bool) bool {
	ctx, cancel := context.WithTimeout(ctx, pulseTimeout)
	defer cancel()
	won, err := p.recipient.sync(ctx, claim, p.cfg.Period)
	if err != nil {
		p.log.Error("the heartbeat's recipient cannot be read or stored", "err", err)
		return false
	}
	return won
}

// tick is one beat.
func (p *pulse) tick(ctx context.Context, now time.Time) {
	if !p.sync(ctx, false) {
		return // who the recipient is, and when heard of, may be unknown
	}
	to, heard := p.recipient.current()
	switch {
	case len(to.User.Keys()) == 0 && p.recipient.named == "":
		p.close(closedNobody)
		return
	case len(to.User.Keys()) > 0 && !p.allowed(to.User):
		p.close(closedNotOK)
		return
	case now.Sub(heard) >= windowLength-p.margin:
		p.close(closedSilent)
		return
	}
	p.closed.Store(nil)
	if !p.sync(ctx, true) {
		return // another bot on the same store has given this beat
	}
	if p.beat(to) {
		p.given.Add(1)
	} else {
		p.skipped.Add(1)
		p.log.Debug("a heartbeat is left out: the last one is still being answered")
	}
}

// close tells once that the window is closed, until it was open again.
func (p *pulse) close(why string) {
	if p.closed.Swap(&why) != nil {
		return
	}
	p.closures.Add(1)
	to, _ := p.recipient.current()
	if p.shut != nil {
		p.shut(HeartbeatClosed{To: to.User, Why: why, At: time.Now()})
	}
	p.log.Warn("no heartbeats are sent until the recipient writes or calls", "why", why, "to", to.User.String())
}

// health is nil-safe: a bot without heartbeat has none.
func (p *pulse) health() *HeartbeatHealth {
	if p == nil {
		return nil
	}
	h := &HeartbeatHealth{
		PeriodSeconds: p.cfg.Period.Seconds(),
		Given:         p.given.Load(), Skipped: p.skipped.Load(), Closures: p.closures.Load(),
	}
	if to, _ := p.recipient.current(); len(to.User.Keys()) > 0 {
		h.Recipient = to.User.String()
	}
	if why := p.closed.Load(); why != nil {
		h.Closed = *why
	}
	return h
}

// hear is told of every user who writes or calls and is allowed to, and when that was by Meta's clock: a webhook may come
// days later. It is nil-safe and does not wait.
func (p *pulse) hear(to contact, wrote bool, at time.Time) {
	now := time.Now()
	if end := at.Add(time.Second - 1); !at.IsZero() && end.Before(now) { // Meta counts in whole seconds
		now = end
	}
	if p != nil {
		p.recipient.hear(to, wrote, now)
	}
}

// contact is a user as one of the bot's phone numbers knows it.
type contact struct {
	User webhook.User
	// Number is the id of the phone number; "" is the bot's first.
	Number string
}
