package graph

import (
	"context"
	"errors"
	"maps"
)

// Message is something that can be sent to a user: Text, Image, Video, Audio, Document, Sticker, Location, Contacts,
// Reaction, Buttons, List, Link, Template, or Raw for any other. Reply makes one quote another message.
//
// What Meta would refuse is found before it is sent: the error wraps ErrInvalid and names the limit.
type Message interface {
	// members are those of the request that depend on the kind of message.
	members() (map[string]any, error)
}

// Raw is a message of a kind that this package has no type for: the members of the request besides the recipient,
// such as "type" and what is named like it. Nothing is checked.
type Raw map[string]any

func (r Raw) members() (map[string]any, error) { return maps.Clone(r), nil }

// Reply makes a message quote another one, by its id. Meta does not allow it for reactions, and shows no quotation above
// templates and when the other message is older than about 30 days.
func Reply(to string, m Message) Message { return reply{to, m} }

type reply struct {
	to      string
	message Message
}

func (r reply) members() (map[string]any, error) {
	body, err := r.message.members()
	if err != nil {
		return nil, err
	}
	if _, ok := r.message.(Reaction); ok {
		return nil, invalid("a reaction cannot quote a message; it names the one that it is for")
	}
	if r.to != "" {
		body["context"] = map[string]any{"message_id": r.to}
	}
	return body, nil
}

// SendMessage sends a message of any kind and returns its id, which means that Meta took it, not that it was delivered.
//
// An error for which OutcomeUnknown is true may hide a message that was sent. One that wraps ErrInvalid was not sent.
func (c *Client) SendMessage(ctx context.Context, to Address, m Message) (messageID string, err error) {
	if m == nil {
		return "", errors.New("graph: send message: there is no message")
	}
	body, err := m.members()
	if err != nil {
		return "", err
	}
	return c.Send(ctx, to, body)
}

// TrySend is like SendMessage, but does not wait when Meta refuses because there are too many requests (see
// Error.Limited): that is told at once, for callers who pace themselves.
func (c *Client) TrySend(ctx context.Context, to Address, m Message) (messageID string, err error) {
	return c.SendMessage(context.WithValue(ctx, impatient{}, true), to, m)
}

// impatient is the key of contexts of requests that are not repeated when there are too many.
type impatient struct{}

// tooMany says that a request has to wait, and that its caller wants to know.
func tooMany(ctx context.Context, err error) bool {
	var refused *Error
	return ctx.Value(impatient{}) != nil && errors.As(err, &refused) && refused.Limited()
}

// Check finds what Meta would refuse about a message without sending it; its error wraps ErrInvalid.
func Check(m Message) error {
	if m == nil {
		return invalid("there is no message")
	}
	_, err := m.members()
	return err
}
