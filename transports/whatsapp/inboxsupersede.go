package whatsapp

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-voice/parley/services"
)

// errSuperseded ends an answer because the user wrote more before it was sent.
var errSuperseded = errors.New("whatsapp: the user wrote more before the answer was sent")

// How far the answer to a message is. What the user can see of it cannot be taken back.
const (
	unsent int32 = iota
	sending
	superseded
)

// claim begins to send an answer. It fails with errSuperseded if a newer message has superseded it, and with ErrJournal if
// it cannot be journalled. Nothing may be sent before.
func (m *Message) claim(ctx context.Context) error {
	if !m.progress.CompareAndSwap(unsent, sending) && m.progress.Load() != sending {
		return errSuperseded
	}
	return m.promise(ctx)
}

// supersede gives an answer up, unless the user may have seen some of it.
func (m *Message) supersede() {
	if m.origin != byReset && m.progress.CompareAndSwap(unsent, superseded) {
		m.cancel(errSuperseded)
	}
}

// unheard returns the messages of a superseded turn that have to be part of the next one, because they did not get
// into the conversation.
func (m *Message) unheard() []arrival {
	if m.talk != nil {
		said := m.talk.Snapshot().Messages
		if slices.ContainsFunc(said[min(m.before, len(said)):], func(s services.Message) bool {
			return s.Role == services.User && s.Text == m.text
		}) {
			return nil // the next answer is to both
		}
	}
	return m.arrivals
}
