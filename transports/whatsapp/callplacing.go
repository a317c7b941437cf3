package whatsapp

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/rtc"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// placeLimit is how long it may take to tell Meta of a call, retries included.
	placeLimit = 15 * time.Second
	// claimLimit is how long a webhook is waited for that names a call whose request got no answer.
	claimLimit = 5 * time.Second
)

// dialing is what a call of the business has besides.
type dialing struct {
	opaque  string
	taken   chan struct{} // closed when Meta has taken the call
	settled chan struct{} // closed when it is certain whether Meta has
	ringing chan struct{} // closed when the user's phone rings
	rings   sync.Once

	keeping bool // early events are kept for it; guarded by the bot's mutex

	// The following belong to the actor.
	placedAt time.Time
	linked   bool
	pickedUp bool
}

// Rings is closed when Meta tells that the user's phone rings. It is nil for calls of users, and may never be closed:
// Meta need not tell.
func (c *Call) Rings() <-chan struct{} {
	if c.dial == nil {
		return nil
	}
	return c.dial.ringing
}

// makeOffer prepares the media connection of a call of the business.
func (c *Call) makeOffer() (e event) {
	defer func() {
		if v := recover(); v != nil {
			c.log.Error("panic while making an offer", "panic", v, "stack", string(debug.Stack()))
			e = event{what: stop, reason: fmt.Errorf("%w: panic: %v", ErrNotPlaced, v)}
		}
	}()
	ctx, cancel := context.WithTimeout(c.ctx, c.gatherTime())
	defer cancel()
	m := c.emptyMedia()
	peer, err := c.bot.endpoint.Offer(ctx, onThisMachine(c.bot.cfg.APIBaseURL), *c.bot.servers.Load(),
		rtc.Handler{State: m.state, Packet: m.packet})
	if err != nil {
		return event{what: stop, reason: fmt.Errorf("%w: %w", ErrNotPlaced, err)}
	}
	m.peer, m.recorder = peer, nil
	// The actor looks at it only after this task's event, or after the task has ended.
	c.media = m
	return event{what: offerMade}
}

// onThisMachine reports whether a Graph API runs on this machine, as an emulator does: its relays then do, too.
func onThisMachine(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// place asks Meta for the call. It is not given up when the call is: whether the user's phone rings must be known.
func (c *Call) place() {
	defer close(c.dial.settled)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), placeLimit)
	defer cancel()
	id, err := c.line.graph.Connect(ctx, addressOf(c.offer.User), c.media.peer.SDP(), c.dial.opaque)
	if c.bot.noteGraph(err); graph.OutcomeUnknown(err) {
		c.log.Warn("Meta did not answer whether it took the call; its webhooks tell", "err", err)
		id = c.bot.claim(c)
	}
	if id == "" {
		c.post(event{what: stop, reason: fmt.Errorf("%w: %w", ErrNotPlaced, err)})
		return
	}
	c.id.Store(&id)
	c.bot.callBegins(c.offer.Metadata, id)
	c.post(event{what: placed})
}

// claim waits for a webhook that tells the id of a call whose request got no answer; "" if none comes. There is only one
// call with a user at a time, so the user tells which it is.
func (b *Bot) claim(c *Call) string {
	timer := time.NewTimer(claimLimit)
	defer timer.Stop()
	for {
		b.mu.Lock()
		id, ok := b.early.find(c.offer.User, c.began)
		more := b.early.next()
		b.mu.Unlock()
		if ok {
			return id
		}
		select {
		case <-more:
		case <-timer.C:
			return ""
		}
	}
}

// adopt registers a call under the id that it got, and returns the events that came before.
func (c *Call) adopt() []webhook.Event {
	c.dial.placedAt = time.Now()
	b, id := c.bot, c.ID()
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.placing, c)
	b.calls[id] = c
	c.log.Info("call placed", "id", shortID(id))
	events := b.early.take(id)
	b.stopKeeping(c)
	return events
}

// keepEarly keeps what comes for calls that are not known, until stopKeeping.
func (c *Call) keepEarly() {
	b := c.bot
	b.mu.Lock()
	defer b.mu.Unlock()
	c.dial.keeping = true
	b.early.open++
}

// stopKeeping needs the lock.
func (b *Bot) stopKeeping(c *Call) {
	if c.dial.keeping {
		c.dial.keeping = false
		b.early.done()
	}
}

// follow takes news of a call of the business and reports whether the call is the bot's.
func (b *Bot) follow(id string, m webhook.Metadata, e webhook.Event) bool {
	b.mu.Lock()
	c := b.calls[id]
	if c == nil {
		kept := b.early.keep(id, e, time.Now())
		b.mu.Unlock()
		return kept
	}
	b.mu.Unlock()
	if c.dial == nil || !c.concerns(m) {
		return false
	}
	if e := c.eventOf(e); e.what != 0 {
		c.post(e)
	}
	return true
}

// eventOf makes an event for the actor of news from Meta about a call of the business.
func (c *Call) eventOf(e webhook.Event) event {
	switch e := e.(type) {
	case *webhook.Connect:
		return event{what: answerCame, answer: e}
	case *webhook.Terminate:
		return event{what: gone, end: e}
	case *webhook.Status:
		switch strings.ToUpper(e.Status) {
		case "RINGING":
			c.dial.rings.Do(func() {
				close(c.dial.ringing)
				c.log.Info("the user's phone rings")
			})
		case "ACCEPTED":
			return event{what: pickedUp}
		case "REJECTED":
			return event{what: declined}
		}
	}
	return event{}
}

// link begins to connect, if the event is Meta's answer.
func (c *Call) link(e event) error {
	if e.what != answerCame || c.dial.linked {
		return nil
	}
	c.dial.linked = true
	answer, err := rtc.ParseAnswer(e.answer.SDP)
	if err != nil {
		return err
	}
	if err := c.media.agree(rtpaudio.Payloads{Opus: answer.OpusType, Events: answer.EventType}); err != nil {
		return err
	}
	if err := c.media.peer.Answered(answer, c.bot.cfg.CallAsDTLSClient); err != nil {
		return err
	}
	c.media.recorder = c.newRecorder()
	c.media.peer.Connect()
	return nil
}
