package whatsapptest

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest/internal/relay"
)

// wrongState is the answer to an action that the call's state does not allow.
func wrongState(action string, s callState) *GraphError {
	return invalidParameter(fmt.Sprintf("action %q is not possible: the call is %v", action, s))
}

// preAccept takes the bot's answer, so that ICE and DTLS can come up while the phone still rings.
func (c *Call) preAccept(req callRequest) *GraphError {
	d, stuck, err := c.checkAnswer(req)
	if err != nil {
		return err
	}
	now := time.Now()
	c.mu.Lock()
	if c.state != ringing || c.outgoing {
		s := c.state
		c.mu.Unlock()
		return wrongState("pre_accept", s)
	}
	c.state, c.answer, c.remote = preAccepted, req.Session.SDP, d
	c.timings.PreAccept = now
	c.mu.Unlock()
	c.e.log.add(Event{At: now, Kind: EventPreAccepted, Call: c.id, User: c.user.key()})
	c.open(d, stuck)
	return nil
}

// accept takes the call.
func (c *Call) accept(req callRequest) *GraphError {
	d, stuck, err := c.checkAnswer(req)
	if err != nil {
		return err
	}
	now := time.Now()
	c.mu.Lock()
	switch {
	case c.outgoing || c.state == accepted || c.state == over:
		s := c.state
		c.mu.Unlock()
		return wrongState("accept", s)
	case c.state == preAccepted && req.Session.SDP != c.answer:
		c.mu.Unlock()
		return invalidParameter("the SDP of accept differs from the SDP of pre_accept: it must be identical")
	}
	direct := c.state == ringing
	c.state, c.answer, c.remote = accepted, req.Session.SDP, d
	c.timings.Accept = now
	c.lastMedia = now
	if req.Opaque != "" {
		c.opaque = req.Opaque
	}
	c.mu.Unlock()
	c.e.log.add(Event{At: now, Kind: EventAccepted, Call: c.id, User: c.user.key()})
	if direct {
		c.open(d, stuck)
	}
	c.wake()
	return nil
}

// reject declines the call. After pre_accept only terminate does that.
func (c *Call) reject() *GraphError {
	c.mu.Lock()
	s := c.state
	possible := s == ringing && !c.outgoing
	c.mu.Unlock()
	if !possible {
		return wrongState("reject", s)
	}
	c.e.log.add(Event{Kind: EventRejected, Call: c.id, User: c.user.key()})
	if !c.end(Ending{By: ByBusiness, Reason: "rejected", Status: statusCompleted}) {
		return wrongState("reject", over)
	}
	return nil
}

// terminate hangs up.
func (c *Call) terminate() *GraphError {
	if !c.end(Ending{By: ByBusiness, Reason: "terminated", Status: statusCompleted}) {
		return wrongState("terminate", over)
	}
	return nil
}

// checkAnswer checks the session of pre_accept and accept. stuck says that media must never come up.
func (c *Call) checkAnswer(req callRequest) (d description, stuck bool, _ *GraphError) {
	rules := c.e.cfg.rules
	if req.Session.Type != "answer" {
		if !rules.WrongTypeIgnored {
			return d, false, invalidParameter(fmt.Sprintf(
				"Parameter 'session.sdp_type' is %q, want \"answer\"", clip(req.Session.Type)))
		}
		stuck = true
	}
	d, err := parseSDP(req.Session.SDP, sdpRules{
		allowPassive:     rules.Passive != PassiveRefused,
		mediaFingerprint: rules.MediaFingerprint,
		looseLineEnds:    rules.LooseLineEnds,
		strictPacketTime: rules.StrictPacketTime,
	})
	if err != nil {
		e := invalidParameter(err.Error())
		e.Subcode = 2494010 // seen with every SDP fault
		return d, false, e
	}
	return d, stuck, nil
}

// open gives the bot's answer to the relay: from now on it hears.
func (c *Call) open(d description, stuck bool) {
	remote := relay.Remote{Ufrag: d.ufrag, Pwd: d.pwd, Fingerprint: d.fingerprint, Wait: c.options.slowDTLS}
	if d.setup == "passive" && !c.outgoing {
		remote.DTLS = relay.DTLSStall
		if c.e.cfg.rules.Passive == PassiveWorks {
			remote.DTLS = relay.DTLSClient
		} else {
			c.violate("the answer says a=setup:passive: the relay never sends a ClientHello", time.Now())
		}
	}
	if c.outgoing && c.e.cfg.outgoing.Setup == AnswerActive {
		remote.DTLS = relay.DTLSClient
	}
	if stuck {
		c.violate("the session's sdp_type is not \"answer\": this call never connects", time.Now())
		return
	}
	if err := c.relay.Open(remote); err != nil {
		c.e.cfg.log.Debug("the call ended while it was answered", "call", c.id)
	}
}
