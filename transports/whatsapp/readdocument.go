package whatsapp

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/internal/doctext"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// documentLimit is how long it may take to find the text in a document.
const documentLimit = 20 * time.Second

// readDocument gives a document's text to the model. After one that takes too much the others of the turn are left
// unread: the rest of it is to be answered in time.
func (b *Bot) readDocument(ctx context.Context, m *Message, e *webhook.Message) *content {
	return b.fetch(ctx, b.reading, m, e, func(data []byte) *content {
		if m.laden.Load() {
			return &content{notice: fill(b.cfg.Texts.Media.TooMuch, "what", nameOf(e))}
		}
		limited, cancel := context.WithTimeout(ctx, documentLimit)
		defer cancel()
		began := time.Now()
		text, err := doctext.Extract(limited, data, e.Media.Filename, e.Media.MIMEType, b.cfg.MaxDocument)
		b.reading.tookLong(m.line.users.id(m.event.User), time.Since(began))
		if ctx.Err() != nil {
			return nil
		}
		texts, what := &b.cfg.Texts.Media, nameOf(e)
		if err != nil {
			m.log.Info("a document could not be read", "mime", e.Media.MIMEType, "err", err)
		}
		switch {
		case errors.Is(err, doctext.ErrUnknown):
			return &content{notice: fill(texts.Unknown, "what", what, "type", plainType(e.Media.MIMEType))}
		case errors.Is(err, doctext.ErrProtected):
			return &content{notice: fill(texts.Protected, "what", what)}
		case errors.Is(err, doctext.ErrTooMuch):
			m.laden.Store(true)
			return &content{notice: fill(texts.TooMuch, "what", what)}
		case errors.Is(err, doctext.ErrNoText):
			return &content{notice: fill(texts.NoText, "what", what)}
		case err != nil:
			return &content{notice: fill(texts.Damaged, "what", what)}
		}
		name := "a document"
		if !blank(e.Media.Filename) {
			name = "the document " + inline(e.Media.Filename)
		}
		end := endOfDocument
		if text.More {
			end = documentGoesOn
		}
		c := &content{text: note("The user sent %s. It says:", name) + "\n" + withoutEnds(text.Text) + "\n" + note("%s", end)}
		if !blank(e.Media.Caption) {
			c.text += "\n" + e.Media.Caption
		}
		return c
	})
}
