package whatsapp

import (
	"context"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// messageInput is the head of a message's pipeline.
type messageInput struct{ message *Message }

// Wire registers the stage.
func (i messageInput) Wire(w *pipeline.Wiring) {
	w.Name("whatsapp-message")
	pipeline.Makes[frame.UserTurn](w)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		if err := out.Push(i.message.turn()); err != nil {
			return err
		}
		return out.Push(pipeline.End{Reason: "the message was answered"})
	})
}

// turn is what the agent gets of the message.
func (m *Message) turn() frame.UserTurn {
	return frame.UserTurn{Text: m.text, Via: m.via(), Refs: m.refs(), Images: m.images, Recalled: m.recalled, Aside: m.origin == byReset}
}
