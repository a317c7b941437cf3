package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"strings"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// hear turns a voice note or another recording into text.
func (b *Bot) hear(ctx context.Context, m *Message, e *webhook.Message) *content {
	texts := &b.cfg.Texts.Media
	if b.cfg.STT == nil {
		return &content{notice: texts.NoVoice}
	}
	return b.fetch(ctx, b.hearing, m, e, func(data []byte) *content {
		text, c := b.transcribe(ctx, m, e, data)
		switch {
		case c != nil || ctx.Err() != nil:
			return c
		case blank(text):
			return &content{notice: fill(texts.NoWords, "what", nameOf(e))}
		case e.Media.Voice:
			return &content{text: text, voice: true}
		}
		c = &content{text: note("The user sent a recording. It says:") + "\n" + text}
		if !blank(e.Media.Caption) {
			c.text += "\n" + e.Media.Caption
		}
		return c
	})
}

// transcribe returns the words in a file of sound, or what the user is told of it.
func (b *Bot) transcribe(ctx context.Context, m *Message, e *webhook.Message, data []byte) (string, *content) {
	texts, what := &b.cfg.Texts.Media, nameOf(e)
	pcm, err := b.decodeSound(ctx, data)
	switch {
	case ctx.Err() != nil:
		return "", nil
	case errors.Is(err, errLongSound):
		return "", &content{notice: fill(texts.TooLong, "what", what, "limit", spoken(b.cfg.MaxVoice))}
	case errors.Is(err, errUnknownSound) && !mislabelled(data, e.Media.MIMEType):
		m.log.Info("a recording is of an unknown type", "mime", e.Media.MIMEType)
		form := plainType(e.Media.MIMEType)
		if bytes.HasPrefix(data, []byte(oggMagic)) {
			form += " (not Opus)"
		}
		return "", &content{notice: fill(texts.Unknown, "what", what, "type", form)}
	case err != nil:
		m.log.Warn("a recording is damaged", "mime", e.Media.MIMEType, "err", err)
		return "", &content{notice: fill(texts.Damaged, "what", what)}
	}
	began := time.Now()
	text, err := services.Transcribe(ctx, b.cfg.STT, pcm)
	m.log.Debug("a recording was transcribed", "duration", pcm.Duration(), "took", time.Since(began))
	if err != nil && ctx.Err() == nil {
		m.log.Error("a recording could not be transcribed", "err", err)
		return "", &content{notice: b.cfg.Texts.Apology}
	}
	return text, nil
}

// mislabelled reports whether a file claims to be of a type that is read here, and is not.
func mislabelled(data []byte, mimeType string) bool {
	switch plainType(mimeType) {
	case "audio/ogg", "audio/opus":
		return !bytes.HasPrefix(data, []byte(oggMagic))
	case "audio/wav", "audio/x-wav", "audio/wave":
		return !bytes.HasPrefix(data, []byte(wavMagic))
	}
	return false
}

// plainType is a MIME type without parameters, for people.
func plainType(mimeType string) string {
	if t, _, err := mime.ParseMediaType(mimeType); err == nil {
		return t
	}
	if t := inline(strings.TrimSpace(mimeType)); t != "" {
		return t
	}
	return "unknown"
}
