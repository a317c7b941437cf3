package whatsapptest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// SendText lets a user write to the business. It returns the message's id once the bot has taken the webhook.
func (e *Emulator) SendText(ctx context.Context, from User, body string) (string, error) {
	return e.SendMessage(ctx, from, "text", map[string]any{"text": map[string]any{"body": body}})
}

// SendMessage lets a user send a message of any type: members are those besides from, id, timestamp and type, such
// as {"image": {...}} or {"context": {...}}. It returns the message's id once the bot has taken the webhook.
func (e *Emulator) SendMessage(ctx context.Context, from User, kind string, members map[string]any) (string, error) {
	id, envelope := e.MessageWebhook(from, kind, members)
	_, err := e.deliver(ctx, envelope, "")
	return id, err
}

// MessageWebhook makes the webhook of SendMessage without sending it. The message counts as sent: the bot may mark it
// as read and answer it.
func (e *Emulator) MessageWebhook(from User, kind string, members map[string]any) (id string, envelope Envelope) {
	id = newID("wamid.", from.key())
	m := map[string]any{"id": id, "timestamp": unixText(time.Now().Unix()), "type": kind}
	from.sign(m, "from", "from_user_id")
	maps.Copy(m, members)
	e.mu.Lock()
	e.known[id] = from.key()
	e.lastSeen[from.key()] = time.Now()
	e.mu.Unlock()
	return id, e.envelope("messages", Value{Contacts: []map[string]any{from.contact()}, Messages: []map[string]any{m}})
}

// Messages returns what the bot sent to a user so far.
func (e *Emulator) Messages(to User) []Message {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.messagesTo(to))
}

// messagesTo needs the lock.
func (e *Emulator) messagesTo(to User) []Message {
	var list []Message
	for _, m := range e.messages {
		if m.To == to.key() {
			list = append(list, m)
		}
	}
	return list
}

// WaitMessage returns the next message of the bot to a user that WaitMessage has not returned yet.
func (e *Emulator) WaitMessage(ctx context.Context, to User) (Message, error) {
	for {
		_, more := e.log.since(1 << 30)
		e.mu.Lock()
		list, n := e.messagesTo(to), e.taken[to.key()]
		if n < len(list) {
			e.taken[to.key()]++
			e.mu.Unlock()
			return list[n], nil
		}
		e.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return Message{}, fmt.Errorf("whatsapptest: wait for a message: %w", ctx.Err())
		}
	}
}
