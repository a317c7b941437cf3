package whatsapp

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxBeatMargin bounds how long before the end of the 24 hours there are no more heartbeats.
const maxBeatMargin = time.Hour

// minBeat is the shortest period, which is for tests: a bot that did nothing else would take a whole processor.
const minBeat = 10 * time.Millisecond

func (h Heartbeat) problems() (all []string) {
	if h.Period < 0 || h.Period > 0 && h.Period < minBeat {
		all = append(all, fmt.Sprintf("the heartbeat's period is %v; the shortest is %v, and 0 switches it off", h.Period, minBeat))
	}
	if h.Recipient != "" && !isUser(h.Recipient) {
		all = append(all, fmt.Sprintf("the heartbeat's recipient %q is neither a number with country code nor a business-scoped id", h.Recipient))
	}
	return all
}

func (b *Bot) newPulse() *pulse {
	return &pulse{
		cfg: b.cfg.Heartbeat, log: b.log, recipient: newRecipient(b.book.Store(), b.cfg.Heartbeat.Recipient),
		margin: min(b.cfg.MessageTimeout, maxBeatMargin), allowed: b.guests.allow, beat: b.beat,
		shut: func(e HeartbeatClosed) { b.observe(e) },
	}
}

// startPulse begins the heartbeat, if there is one.
func (b *Bot) startPulse() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pulse != nil && !b.closed {
		b.wg.Go(func() { b.pulse.run(b.ctx, b.closing) }) // ends with Shutdown
	}
}

// beat gives the agent the heartbeat's message, behind what the recipient wrote. It reports false if the last one is
// not answered yet.
func (b *Bot) beat(to contact) bool {
	l := b.lineTo(to)
	key := l.users.id(to.User)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || b.onMessage.Load() == nil {
		return false
	}
	box := b.inboxOf(l, key)
	if box == nil || box.beat != nil || box.current != nil && box.current.Heartbeat() {
		return false
	}
	now := time.Now()
	box.beat = &arrival{event: &webhook.Message{User: to.User, Type: "text", Text: b.cfg.Heartbeat.Message, Time: now}, at: now}
	return true
}

// windowClosed is Meta's code for a user who has not written or called within 24 hours.
const windowClosed = 131047

// noteRefusal stops the heartbeats if Meta says that the 24 hours are over, which it knows best.
func (b *Bot) noteRefusal(m *Message, err error) {
	var e *graph.Error
	if m.Heartbeat() && errors.As(err, &e) && e.Code == windowClosed {
		b.pulse.recipient.refuse(time.Now())
	}
}
