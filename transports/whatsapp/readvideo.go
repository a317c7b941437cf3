package whatsapp

import (
	"context"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// watch says what is known of a video, which is not watched: its caption and, if it can be decoded, what is said in it.
func (b *Bot) watch(ctx context.Context, m *Message, e *webhook.Message) *content {
	if b.cfg.STT == nil || b.cfg.Sounds == nil || b.cfg.NoVideoSound {
		return b.skipVideo(e)
	}
	return b.fetch(ctx, b.hearing, m, e, func(data []byte) *content {
		text, c := b.transcribe(ctx, m, e, data)
		switch {
		case ctx.Err() != nil:
			return nil
		case c == nil && blank(text), c != nil && !blank(e.Media.Caption):
			return b.skipVideo(e)
		case c != nil:
			return c
		}
		c = &content{text: note("The user sent a video, which you cannot watch. In it is said:") + "\n" + text}
		if !blank(e.Media.Caption) {
			c.text += "\n" + note("The user wrote below it:") + "\n" + e.Media.Caption
		}
		return c
	})
}

// skipVideo says what is known of a video from its caption.
func (b *Bot) skipVideo(e *webhook.Message) *content {
	if blank(e.Media.Caption) {
		return &content{notice: b.cfg.Texts.Media.NoVideos}
	}
	return &content{text: note("The user sent a video, which you cannot watch, and wrote below it:") + "\n" + e.Media.Caption}
}
