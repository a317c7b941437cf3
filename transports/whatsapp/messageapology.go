package whatsapp

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// apologyLimit is how long it may take to send an apology, when the time for the answer has run out.
const apologyLimit = 20 * time.Second

// apologise tells the user that there will be no answer, once. If even that fails, nothing can be done.
func (b *Bot) apologise(m *Message, err error) {
	switch {
	case m.Heartbeat(): // nobody waits for the answer
		return
	case errors.Is(context.Cause(b.ctx), ErrShutdown) || m.unpromised.Load():
		return
	case m.apologised.Load() || m.pointless(err):
		return
	}
	if refusal := m.refusal.Load(); refusal != nil && m.pointless(*refusal) {
		return
	}
	m.say(b.cfg.apology(b.cfg.Texts.Apology))
}

// pointless reports whether an apology would fail like what it is for, or would confuse, as the answer may well have
// arrived.
func (m *Message) pointless(err error) bool {
	var refused *graph.Error
	return graph.OutcomeUnknown(err) && !m.incomplete.Load() ||
		errors.As(err, &refused) && refused.Lasting() && !refused.Limited()
}

// apology adds to an apology how to begin anew, if that is possible.
func (c Config) apology(text string) string {
	command := c.resetCommand()
	if c.Mode != Chat || command == "" {
		return text
	}
	return strings.TrimSpace(text + " " + strings.ReplaceAll(c.Texts.ResetHint, "{command}", command))
}
