package whatsapptest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Outgoing says how calls go that the business places. The zero value is the usual way: the answer to the request, the
// connect webhook with the relay's SDP, the status RINGING, and then what the user does.
type Outgoing struct {
	// Setup is the relay's part in the DTLS handshake.
	Setup OutgoingSetup
	// WebhooksFirst sends the connect webhook and RINGING before the request is answered, which nothing forbids.
	WebhooksFirst bool
	// AnswerLate keeps the connect webhook back until the user has picked up and the bot knows that.
	AnswerLate bool
	// NoRinging leaves the status RINGING out.
	NoRinging bool
	// ConnectAfter and RingAfter are how long the connect webhook takes, and RINGING after it.
	ConnectAfter, RingAfter time.Duration
}

// OutgoingSetup is what the relay's answer says of the DTLS handshake, and whether it keeps to it. Meta's documents
// contradict each other there.
type OutgoingSetup uint8

// The parts that a relay can play in a call of the business.
const (
	AnswerPassive    OutgoingSetup = iota // a=setup:passive: the bot sends the ClientHello
	AnswerActive                          // a=setup:active: the relay sends it
	AnswerActiveDeaf                      // a=setup:active, and yet the relay waits for the bot's
)

// WithOutgoing sets how calls go that the business places.
func WithOutgoing(o Outgoing) Option { return func(c *config) { c.outgoing = o } }

// serveConnect handles a call that the business places: it answers with the call's id, and the user's phone
// begins to ring.
func (e *Emulator) serveConnect(w http.ResponseWriter, req callRequest) {
	user := e.userOf(req.To, req.Recipient)
	d, refusal := e.checkConnect(req, user)
	if refusal != nil {
		refusal.write(w)
		return
	}
	c, err := e.newCall(user, callOptions{}, true, d)
	if err != nil {
		graphError(http.StatusInternalServerError, 138004, "(#138004) Connection error", err.Error()).write(w)
		return
	}
	c.mu.Lock()
	c.opaque, c.answer, c.remote = req.Opaque, req.Session.SDP, d
	c.mu.Unlock()
	c.open(d, false)
	o := e.cfg.outgoing
	if o.WebhooksFirst {
		c.announce(e.ctx, o)
	} else {
		// Ends when the bot answered the webhooks.
		defer e.spawn(func() { c.announce(e.ctx, o) })
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "calls": []map[string]any{{"id": c.id}},
	})
}

// checkConnect checks a call of the business before it rings.
func (e *Emulator) checkConnect(req callRequest, user User) (d description, _ *GraphError) {
	if req.Session.Type != "offer" {
		return d, invalidParameter(fmt.Sprintf("Parameter 'session.sdp_type' is %q, want \"offer\"", clip(req.Session.Type)))
	}
	d, err := parseSDP(req.Session.SDP, sdpRules{
		offer: true, mediaFingerprint: e.cfg.rules.MediaFingerprint, looseLineEnds: e.cfg.rules.LooseLineEnds,
		strictPacketTime: e.cfg.rules.StrictPacketTime,
	})
	if err != nil {
		return d, invalidParameter(err.Error())
	}
	if e.disabled() {
		return d, graphError(http.StatusUnauthorized, 138000, "(#138000) Calling not enabled", "Calling is not enabled on this phone number")
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.talking[user.key()] != nil {
		return d, graphError(http.StatusBadRequest, 138003, "(#138003) Duplicate call", "A call with this receiver is ongoing")
	}
	return d, e.grant(user).checkCall(e.clock())
}

// announce tells the bot how its call goes until the user does something.
func (c *Call) announce(ctx context.Context, o Outgoing) {
	if !o.AnswerLate && c.sleep(ctx, o.ConnectAfter) {
		c.tell(ctx, c.ConnectWebhook())
	}
	if !o.NoRinging && c.sleep(ctx, o.RingAfter) {
		c.tell(ctx, c.statusWebhook("RINGING"))
	}
}

// sleep waits, and reports false if the call ends meanwhile.
func (c *Call) sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.done:
	case <-ctx.Done():
	case <-timer.C:
		return true
	}
	return false
}

// tell delivers a webhook of the call.
func (c *Call) tell(ctx context.Context, envelope Envelope) {
	if _, err := c.e.deliver(ctx, envelope, c.id); err != nil && ctx.Err() == nil {
		c.e.cfg.log.Warn("webhook not delivered", "error", err)
	}
}

// WaitCall waits for a call that the business places to a user.
func (e *Emulator) WaitCall(ctx context.Context, user User) (*Call, error) {
	event, err := e.WaitFor(ctx, func(ev Event) bool {
		if ev.Kind != EventRinging || ev.User != user.key() {
			return false
		}
		e.mu.Lock()
		defer e.mu.Unlock()
		c := e.calls[ev.Call]
		return c != nil && c.outgoing && c.picked.CompareAndSwap(false, true)
	})
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.calls[event.Call], nil
}

// PickUp takes a call of the business on the user's side, and tells the bot. A connect webhook that was kept back comes
// next.
func (c *Call) PickUp(ctx context.Context) error {
	if err := c.pickUp(); err != nil {
		return err
	}
	if _, err := c.e.deliver(ctx, c.statusWebhook("ACCEPTED"), c.id); err != nil {
		return err
	}
	if !c.e.cfg.outgoing.AnswerLate {
		return nil
	}
	_, err := c.e.deliver(ctx, c.ConnectWebhook(), c.id)
	return err
}

// Decline refuses a call of the business on the user's side, and tells the bot.
func (c *Call) Decline(ctx context.Context) error {
	if !c.finish(Ending{By: ByUser, Reason: "declined", Status: statusCompleted}) {
		return ErrEnded
	}
	if _, err := c.e.deliver(ctx, c.statusWebhook("REJECTED"), c.id); err != nil {
		return err
	}
	_, err := c.e.deliver(ctx, c.TerminateWebhook(), c.id)
	return err
}

// pickUp changes the state of a call of the business.
func (c *Call) pickUp() error {
	now := time.Now()
	c.mu.Lock()
	if c.state != ringing || !c.outgoing {
		s := c.state
		c.mu.Unlock()
		return fmt.Errorf("whatsapptest: pick up: the call is %v", s)
	}
	c.state, c.timings.Accept, c.lastMedia = accepted, now, now
	c.mu.Unlock()
	c.e.mu.Lock()
	c.e.grant(c.user).connected(c.e.clock())
	c.e.mu.Unlock()
	c.e.log.add(Event{At: now, Kind: EventAccepted, Call: c.id, User: c.user.key()})
	c.wake()
	return nil
}

// LeaveVoicemail lets the user of a call that is over and was not answered leave a message: a file with its type, such as
// audio/ogg; codecs=opus. As with the real thing it comes as an audio message whose id is the call's.
func (c *Call) LeaveVoicemail(ctx context.Context, mimeType string, data []byte) error {
	id := c.e.AddMedia(mimeType, data)
	_, envelope := c.e.MessageWebhook(c.user, "audio", map[string]any{
		"id": c.id, "audio": map[string]any{"id": id, "mime_type": mimeType, "voice": true},
	})
	c.e.mu.Lock()
	c.e.known[c.id] = c.user.key()
	c.e.mu.Unlock()
	_, err := c.e.deliver(ctx, envelope, c.id)
	return err
}
