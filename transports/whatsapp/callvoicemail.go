package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// OnVoicemail sets a function that is told of every voicemail, once: what a user said after a call that nobody answered. It
// must be quick; Bot.Graph fetches the recording. Besides, the voicemail goes the way of every voice message.
func (b *Bot) OnVoicemail(f func(webhook.Message)) { b.onVoicemail.Store(&f) }

// heardVoicemail tells of a message that is a voicemail, if it is new, and reports whether it did.
func (b *Bot) heardVoicemail(e *webhook.Message) bool {
	id, ok := e.Voicemail()
	f := b.onVoicemail.Load()
	if !ok || f == nil {
		return false
	}
	b.mu.Lock()
	isNew := !b.closed && b.events.add("voicemail "+id, time.Now())
	b.mu.Unlock()
	if !isNew {
		return false
	}
	b.log.Info("voicemail received", "from", e.User.String(), "call", shortID(id))
	(*f)(*e)
	return true
}

// Voicemail returns the id of the call that the message is the voicemail of, if it is one: the user called, nobody
// answered, and the phone number's settings offered to leave a message. It comes to the handler of messages like any other
// voice message. Of several messages that are answered together, it is the last voicemail.
func (m *Message) Voicemail() (callID string, ok bool) {
	for _, a := range m.arrivals {
		if id, is := a.event.Voicemail(); is {
			callID, ok = id, true
		}
	}
	return callID, ok
}
