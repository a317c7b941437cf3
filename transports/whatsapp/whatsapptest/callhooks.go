package whatsapptest

import "time"

// ConnectWebhook is the webhook that announces the call to the bot.
func (c *Call) ConnectWebhook() Envelope {
	offer := map[string]any{"sdp": c.offer, "sdp_type": "offer"}
	direction := "USER_INITIATED"
	if c.outgoing {
		offer["sdp_type"], direction = "answer", "BUSINESS_INITIATED"
	}
	event := c.event("connect", c.timings.Ring)
	event["direction"] = direction
	event["session"] = offer
	if c.options.noDirection {
		delete(event, "direction")
	}
	if c.options.deeplink != "" {
		event["deeplink_payload"] = c.options.deeplink
	}
	if c.options.legacy {
		event["connection"] = map[string]any{"webrtc": map[string]any{"sdp": `{"sdp":"v=0","type":"offer"}`}}
	}
	c.mu.Lock()
	if c.opaque != "" {
		event["biz_opaque_callback_data"] = c.opaque
	}
	c.mu.Unlock()
	return c.wrap(Value{Calls: []map[string]any{event}})
}

// TerminateWebhook is the webhook that tells the bot that the call is over. Before that it has the form for a
// call that was not answered.
func (c *Call) TerminateWebhook() Envelope {
	c.mu.Lock()
	ending, start, opaque := c.ending, c.timings.Accept, c.opaque
	c.mu.Unlock()
	if ending.At.IsZero() {
		ending.At, ending.Status = time.Now(), statusCompleted
	}
	event := c.event("terminate", ending.At)
	event["direction"] = "USER_INITIATED"
	if c.outgoing {
		event["direction"] = "BUSINESS_INITIATED"
	}
	event["status"] = ending.Status
	if !start.IsZero() {
		event["start_time"] = unixText(start.Unix())
		event["end_time"] = unixText(ending.At.Unix())
		event["duration"] = ending.At.Unix() - start.Unix()
	}
	if opaque != "" {
		event["biz_opaque_callback_data"] = opaque
	}
	value := Value{Calls: []map[string]any{event}}
	if ending.Code != 0 {
		value.Errors = []map[string]any{{
			"code": ending.Code, "title": "Call failed", "message": "Call failed",
			"error_data": map[string]any{"details": "The client did not receive any media for a long time."},
		}}
		event["errors"] = value.Errors
	}
	return c.wrap(value)
}

// statusWebhook tells how a call of the business goes: RINGING, ACCEPTED or REJECTED.
func (c *Call) statusWebhook(status string) Envelope {
	s := map[string]any{"id": c.id, "type": "call", "status": status, "timestamp": unixText(time.Now().Unix())}
	c.user.sign(s, "recipient_id", "recipient_user_id")
	c.mu.Lock()
	if c.opaque != "" {
		s["biz_opaque_callback_data"] = c.opaque
	}
	c.mu.Unlock()
	return c.wrap(Value{Statuses: []map[string]any{s}})
}

// event has the members that the events of a call share.
func (c *Call) event(name string, at time.Time) map[string]any {
	event := map[string]any{"id": c.id, "event": name, "timestamp": unixText(at.Unix())}
	if c.outgoing {
		event["from"] = c.e.cfg.displayPhone
		c.user.sign(event, "to", "to_user_id")
		return event
	}
	event["to"] = c.e.cfg.displayPhone
	c.user.sign(event, "from", "from_user_id")
	return event
}

// wrap adds the envelope and the contact.
func (c *Call) wrap(value Value) Envelope {
	if !c.options.noContacts {
		value.Contacts = []map[string]any{c.user.contact()}
	}
	return c.e.envelope("calls", value)
}
