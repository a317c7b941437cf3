package whatsapp

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/transports/playout"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// staleAfter is how old a call may be when its webhook comes: Meta gives up after 30 to 60 s, and repeats webhooks
// for days.
const staleAfter = time.Minute

// errNoHandler declines calls of bots that only write.
var errNoHandler = errors.New("whatsapp: the bot has no handler for calls")

// ring takes a call that is offered and reports whether it is new. The call is registered before anything is
// done for it, so that whatever comes next finds it.
func (b *Bot) ring(l *line, e *webhook.Connect) bool {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.events.has("terminate "+e.CallID, now) || !b.events.add("connect "+e.CallID, now) {
		return false
	}
	// A clock that was not told, or that is ahead, says nothing.
	if age := now.Sub(e.Time); !e.Time.IsZero() && age > staleAfter {
		b.log.Warn("a call is ignored because its webhook is too old; if it is not, check this machine's clock",
			"call", shortID(e.CallID), "age_s", int(age.Seconds()))
		return false
	}
	c := b.newCall(l, e)
	c.id.Store(&e.CallID)
	refusal := b.refusal(e)
	b.calls[e.CallID] = c
	b.callBegins(e.Metadata, e.CallID)
	if !errors.Is(refusal, ErrNotAllowed) {
		b.pulse.hear(l.contact(e.User), false, e.Time) // a call opens the 24 hours, answered or not
	}
	b.stats.calls.Add(1)
	c.log.Info("call offered", "from", e.User.String())
	b.wg.Go(func() { c.run(refusal) }) // ends with the call
	return true
}

// refusal is why a call is declined at once; nil if it is not.
func (b *Bot) refusal(e *webhook.Connect) error {
	switch {
	case !b.guests.allow(e.User):
		return ErrNotAllowed
	case b.draining.Load():
		return ErrShutdown
	case !b.cfg.CallHours.Open(time.Now()):
		return ErrClosedNow
	case b.cfg.MaxCalls > 0 && len(b.calls)+len(b.placing) >= b.cfg.MaxCalls:
		return ErrBusy
	case b.Load().Overloaded:
		return ErrOverloaded
	case b.onCall.Load() == nil:
		return errNoHandler
	case b.endpoint == nil:
		return b.problem
	}
	return nil
}

// newCall makes a call that has no id yet.
func (b *Bot) newCall(l *line, e *webhook.Connect) *Call {
	log := b.log.With("call", shortID(e.CallID))
	c := &Call{
		bot: b, line: l, offer: *e, log: log, began: time.Now(),
		input: &callInput{texts: b.cfg.TextInCall, log: log, model: callModel{watch: &b.model}}, output: playout.New(playout.WithName("whatsapp-out")),
		events: make(chan event, 16),
		live:   make(chan struct{}), closing: make(chan struct{}), told: make(chan struct{}), done: make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(withSubject(context.Background(), c))
	if b.observed() {
		c.input.turns.call = c
	}
	return c
}

// hangUp takes the news that a call is over and reports whether that is news. It is remembered even if the call is
// not known, since it may have overtaken the webhook of the call's beginning.
func (b *Bot) hangUp(e *webhook.Terminate) bool {
	b.mu.Lock()
	c := b.calls[e.CallID]
	if c != nil && !c.concerns(e.Metadata) {
		b.mu.Unlock()
		b.stats.foreign.Add(1)
		b.log.Warn("the end of a call is ignored because it is for another phone number than the call", "call", shortID(e.CallID))
		return false
	}
	isNew := b.events.add("terminate "+e.CallID, time.Now())
	if c == nil {
		b.early.keep(e.CallID, e, time.Now())
	}
	delete(b.calls, e.CallID) // it is over, whatever its actor is about
	b.mu.Unlock()
	if c != nil {
		c.post(event{what: gone, end: e})
	}
	return isNew
}

// concerns reports whether an event that has the call's id is for its phone number. The number is that of the call's first
// event, for the bot's own may have been changed since.
func (c *Call) concerns(m webhook.Metadata) bool {
	own := c.offer.Metadata.PhoneNumberID
	return own == "" || m.PhoneNumberID == "" || own == m.PhoneNumberID
}

// forget takes a call that is ending out of the register.
func (b *Bot) forget(c *Call) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls[c.ID()] == c {
		delete(b.calls, c.ID())
	}
	delete(b.placing, c)
}
