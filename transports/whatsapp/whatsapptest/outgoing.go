package whatsapptest

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Permit says whether the business may call a user. Without a permission connect is refused with 138006.
func (e *Emulator) Permit(user User, allowed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.permits[user.key()] = allowed
}

// serveConnect handles a call that the business places: it answers with the call's id, and the user's phone
// begins to ring.
func (e *Emulator) serveConnect(w http.ResponseWriter, req callRequest) {
	user := User{WaID: digits(req.To)}
	if req.To == "" {
		user = User{ID: req.Recipient, Hidden: true}
	}
	if req.Session.Type != "offer" {
		invalidParameter(fmt.Sprintf("Parameter 'session.sdp_type' is %q, want \"offer\"", clip(req.Session.Type))).write(w)
		return
	}
	d, err := parseSDP(req.Session.SDP, sdpRules{
		offer: true, mediaFingerprint: e.cfg.rules.MediaFingerprint, looseLineEnds: e.cfg.rules.LooseLineEnds,
	})
	if err != nil {
		invalidParameter(err.Error()).write(w)
		return
	}
	e.mu.Lock()
	permitted, busy := e.permits[user.key()], e.talking[user.key()] != nil
	e.mu.Unlock()
	switch {
	case e.disabled():
		graphError(http.StatusUnauthorized, 138000, "(#138000) Calling not enabled", "Calling is not enabled on this phone number").write(w)
		return
	case busy:
		graphError(http.StatusBadRequest, 138003, "(#138003) Duplicate call", "A call with this receiver is ongoing").write(w)
		return
	case !permitted:
		graphError(http.StatusUnauthorized, 138006, "(#138006) No call permission", "No approved call permission from the recipient").write(w)
		return
	}
	c, callErr := e.newCall(user, callOptions{}, true, d)
	if callErr != nil {
		graphError(http.StatusInternalServerError, 138004, "(#138004) Connection error", callErr.Error()).write(w)
		return
	}
	c.mu.Lock()
	c.opaque, c.answer, c.remote = req.Opaque, req.Session.SDP, d
	c.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]any{
		"messaging_product": "whatsapp", "calls": []map[string]any{{"id": c.id}},
	})
	c.open(d, false)
	e.spawn(func() { // ends when the bot answered both webhooks
		for _, envelope := range []Envelope{c.ConnectWebhook(), c.statusWebhook("RINGING")} {
			if _, err := e.deliver(e.ctx, envelope, c.id); err != nil && e.ctx.Err() == nil {
				e.cfg.log.Warn("webhook not delivered", "error", err)
			}
		}
	})
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

// PickUp takes a call of the business on the user's side, and tells the bot.
func (c *Call) PickUp(ctx context.Context) error {
	if err := c.pickUp(); err != nil {
		return err
	}
	_, err := c.e.deliver(ctx, c.statusWebhook("ACCEPTED"), c.id)
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
	c.e.log.add(Event{At: now, Kind: EventAccepted, Call: c.id, User: c.user.key()})
	c.wake()
	return nil
}
