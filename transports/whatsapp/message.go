package whatsapp

import (
	"context"
	"log/slog"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Message is one message of a user, on its way to be answered. It is safe for concurrent use.
type Message struct {
	bot    *Bot
	event  webhook.Message
	log    *slog.Logger
	talk   *conversation.Conversation
	output *messageOutput
	// read is closed when Meta was told that the message was read, so that the answer does not overtake the
	// typing indicator, which would then stay.
	read chan struct{}
}

// ID is Meta's id of the message.
func (m *Message) ID() string { return m.event.ID }

// From is who wrote. Printed, it shows only the last four digits.
func (m *Message) From() webhook.User { return m.event.User }

// Text is what was written, or the title of the button or row that was chosen.
func (m *Message) Text() string { return m.event.Text }

// Event is all that Meta told of the message.
func (m *Message) Event() webhook.Message { return m.event }

// Conversation is what was said with this user, in calls and messages. In Task it is empty, and of this message alone.
func (m *Message) Conversation() *conversation.Conversation { return m.talk }

// Input is the stage that begins a pipeline for the message: it makes one frame.UserTurn and ends the session
// behind it.
func (m *Message) Input() pipeline.Stage { return messageInput{m.event.Text} }

// Output is the stage that ends a pipeline for the message: it sends the text of each response to the user when the
// response is complete, and tells with frame.Playback what Meta took.
func (m *Message) Output() pipeline.Stage { return m.output }

// Reply sends a text to the user, in several messages if it is too long for one.
func (m *Message) Reply(ctx context.Context, text string) error {
	_, err := m.send(ctx, text)
	return err
}

// send sends a text and returns how much of it Meta took.
func (m *Message) send(ctx context.Context, text string) (accepted string, err error) {
	select {
	case <-m.read:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	return m.bot.sendText(ctx, m.event.User, text)
}

// sendText sends a text to a user in as many messages as it needs, one after the other.
func (b *Bot) sendText(ctx context.Context, to webhook.User, text string) (accepted string, err error) {
	sent := 0
	for _, part := range split(text, graph.MaxTextUnits) {
		if !blank(part) {
			_, err := b.graph.SendText(ctx, addressOf(to), graph.Text{Body: part})
			if b.noteGraph(err) != nil {
				return text[:sent], err
			}
		}
		sent += len(part)
	}
	return text, nil
}

// addressOf is where a user gets messages: at the number, or at the business-scoped id if the number is hidden.
func addressOf(u webhook.User) graph.Address {
	return graph.Address{Phone: u.Phone, UserID: u.UserID}
}
