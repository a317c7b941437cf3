package graph

import (
	"context"
	"errors"
	"fmt"
	"maps"
)

// Text is a text message.
type Text struct {
	Body       string
	PreviewURL bool   // show a preview of the first link
	ReplyTo    string // the id of the message that it quotes; "" for none
}

// SendText sends a text message and returns its id, which means that Meta took it, not that it was delivered.
//
// An error for which OutcomeUnknown is true may hide a message that was sent.
func (c *Client) SendText(ctx context.Context, to Address, t Text) (messageID string, err error) {
	return c.SendMessage(ctx, to, t)
}

func (t Text) members() (map[string]any, error) {
	if err := need("the text", t.Body, MaxTextUnits); err != nil {
		return nil, err
	}
	text := map[string]any{"body": t.Body}
	if t.PreviewURL {
		text["preview_url"] = true
	}
	message := map[string]any{"type": "text", "text": text}
	if t.ReplyTo != "" {
		message["context"] = map[string]any{"message_id": t.ReplyTo}
	}
	return message, nil
}

// Send sends a message of any type. The message holds the members that depend on the type, such as "type" and
// "image"; the recipient and what every message has are added.
func (c *Client) Send(ctx context.Context, to Address, message map[string]any) (messageID string, err error) {
	if err := to.check(); err != nil {
		return "", err
	}
	body := maps.Clone(message)
	if body == nil {
		body = map[string]any{}
	}
	body["messaging_product"] = product
	body["recipient_type"] = "individual"
	if p := to.to(); p != "" {
		body["to"] = p
	} else {
		body["recipient"] = to.recipient()
	}
	var answer struct {
		Messages []struct {
			ID looseString `json:"id"`
		} `json:"messages"`
	}
	kind, _ := body["type"].(string)
	if err := c.postKind(ctx, "send message", kind, "messages", body, false, &answer); err != nil {
		return "", err
	}
	if len(answer.Messages) == 0 || answer.Messages[0].ID == "" {
		return "", fmt.Errorf("%w: send message: there is no message id in it", ErrUnreadable)
	}
	return string(answer.Messages[0].ID), nil
}

// MarkRead marks a message of a user, and all before it, as read. With typing, the user also sees that an answer
// is being written, until one comes or 25 s have passed.
func (c *Client) MarkRead(ctx context.Context, messageID string, typing bool) error {
	if messageID == "" {
		return errors.New("graph: mark message as read: the message id is empty")
	}
	body := map[string]any{"messaging_product": product, "status": "read", "message_id": messageID}
	if typing {
		body["typing_indicator"] = map[string]any{"type": "text"}
	}
	return c.post(ctx, "mark message as read", "messages", body, true, nil)
}
