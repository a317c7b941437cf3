package whatsapptest

import (
	"context"
	"fmt"
	"time"
)

// CloseWindow lets 24 hours pass for a user who has not written or called since: the business may only send templates,
// until the user writes or calls again.
func (e *Emulator) CloseWindow(user User) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.lastSeen, user.key())
}

// FailMessage tells the bot that a message which was taken could not be delivered, such as with 131047 or 131026.
func (e *Emulator) FailMessage(ctx context.Context, m Message, code int, title, details string) error {
	status := map[string]any{
		"id": m.ID, "status": "failed", "timestamp": unixText(time.Now().Unix()), "recipient_id": m.To,
		"errors": []map[string]any{{"code": code, "title": title, "message": title, "error_data": map[string]any{"details": details}}},
	}
	_, err := e.deliver(ctx, e.envelope("messages", Value{Statuses: []map[string]any{status}}), "")
	return err
}

// Choose lets a user tap a button or a row of a message, by its id. It returns the id of the user's message once the bot
// has taken the webhook.
func (e *Emulator) Choose(ctx context.Context, from User, m Message, choiceID string) (string, error) {
	for _, c := range m.Choices {
		if c.ID != choiceID {
			continue
		}
		kind, reply := "button_reply", map[string]any{"id": c.ID, "title": c.Title}
		if m.Button != "" {
			kind = "list_reply"
			if c.Description != "" {
				reply["description"] = c.Description
			}
		}
		return e.SendMessage(ctx, from, "interactive", map[string]any{
			"interactive": map[string]any{"type": kind, kind: reply},
			"context":     map[string]any{"from": e.PhoneNumber(), "id": m.ID},
		})
	}
	return "", fmt.Errorf("whatsapptest: the message has nothing to tap with the id %q", clip(choiceID))
}
