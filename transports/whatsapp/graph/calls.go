package graph

import (
	"context"
	"errors"
	"fmt"
)

// product is the member that every body carries.
const product = "whatsapp"

type session struct {
	Type string `json:"sdp_type"`
	SDP  string `json:"sdp"`
}

type callAction struct {
	Product   string   `json:"messaging_product"`
	CallID    string   `json:"call_id,omitempty"`
	Action    string   `json:"action"`
	To        string   `json:"to,omitempty"`
	Recipient string   `json:"recipient,omitempty"`
	Session   *session `json:"session,omitempty"`
	Opaque    string   `json:"biz_opaque_callback_data,omitempty"`
}

// PreAccept gives Meta the answer to a call's offer while the phone still rings, so that the media connection is
// ready when the call is accepted. The SDP needs CRLF line ends and exactly one sha-256 fingerprint.
func (c *Client) PreAccept(ctx context.Context, callID, sdp string) error {
	return c.callAction(ctx, "pre-accept call", callAction{
		CallID: callID, Action: "pre_accept", Session: &session{Type: "answer", SDP: sdp},
	}, false)
}

// Accept answers a call. If the call was pre-accepted, the SDP must be the same, byte for byte. Meta drops the
// call if no media is sent within 20 s.
//
// An error for which OutcomeUnknown is true may hide an accepted call: end it with Terminate.
func (c *Client) Accept(ctx context.Context, callID, sdp string) error {
	return c.callAction(ctx, "accept call", callAction{
		CallID: callID, Action: "accept", Session: &session{Type: "answer", SDP: sdp},
	}, false)
}

// Reject declines a call that was neither pre-accepted nor accepted.
func (c *Client) Reject(ctx context.Context, callID string) error {
	return c.callAction(ctx, "reject call", callAction{CallID: callID, Action: "reject"}, true)
}

// Terminate ends a call that was pre-accepted or accepted. Meta refuses it if the call is already over, which is
// an *Error with a status of 400.
func (c *Client) Terminate(ctx context.Context, callID string) error {
	return c.callAction(ctx, "terminate call", callAction{CallID: callID, Action: "terminate"}, true)
}

// Connect calls a user and returns the id of the new call. The SDP is an offer; Meta's answer comes by webhook,
// perhaps before Connect returns. Opaque, of at most 512 characters, comes back in the call's webhooks.
func (c *Client) Connect(ctx context.Context, to Address, sdp, opaque string) (callID string, err error) {
	var answer struct {
		Calls []struct {
			ID looseString `json:"id"`
		} `json:"calls"`
	}
	body := callAction{
		Product: product, Action: "connect", To: to.to(), Recipient: to.recipient(),
		Session: &session{Type: "offer", SDP: sdp}, Opaque: opaque,
	}
	if err := to.check(); err != nil {
		return "", err
	}
	if err := c.post(ctx, "connect call", "calls", body, false, &answer); err != nil {
		return "", err
	}
	if len(answer.Calls) == 0 || answer.Calls[0].ID == "" {
		return "", fmt.Errorf("%w: connect call: there is no call id in it", ErrUnreadable)
	}
	return string(answer.Calls[0].ID), nil
}

func (c *Client) callAction(ctx context.Context, op string, body callAction, again bool) error {
	if body.CallID == "" {
		return errors.New("graph: " + op + ": the call id is empty")
	}
	body.Product = product
	return c.post(ctx, op, "calls", body, again, nil)
}
