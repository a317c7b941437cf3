package whatsapp

import (
	"context"
	"slices"
	"time"

	"github.com/parley-voice/parley/services"
)

const (
	// unsureText is what the model is told instead of an answer of which nobody knows whether it arrived. Without it, the
	// question would look unanswered, and the next answer be to both.
	unsureText = "[My answer to this was being sent when I was restarted; the user may have got it]"
	// unsureLimit is how long it may take to note that.
	unsureLimit = 10 * time.Second
)

// noteUnsure puts into the conversation that an answer may have arrived, if its question stands there without one.
func (b *Bot) noteUnsure(m *Message) error {
	m.progress.Store(sending) // a newer message has nothing to supersede
	ctx, cancel := context.WithTimeout(b.ctx, unsureLimit)
	defer cancel()
	talk, err := m.line.users.open(ctx, b.book, m.event.User)
	if err != nil {
		return err
	}
	said := talk.Snapshot().Messages
	question := slices.IndexFunc(said, func(s services.Message) bool {
		return s.Role == services.User && slices.Contains(s.Refs, m.event.ID)
	})
	if question < 0 || slices.ContainsFunc(said[question:], func(s services.Message) bool { return s.Role == services.Assistant }) {
		return nil
	}
	_, err = talk.Append(ctx, services.Message{Role: services.Assistant, Text: unsureText, Via: "text", At: time.Now()})
	return err
}
