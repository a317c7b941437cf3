package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// took tells the observers of a message, if it was taken, and returns whether it was.
func (b *Bot) took(e *webhook.Message, taken bool) bool {
	if taken && b.observed() {
		b.observe(MessageTaken{Type: e.Type, At: time.Now()})
	}
	return taken
}
