package whatsapp

import (
	"context"
	"net/http"
	"strings"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// maxPictures is how many pictures a model gets with one turn; of more it gets the last.
	maxPictures = 8
	// maxPictureBytes is the largest picture that a model gets: what Meta takes.
	maxPictureBytes = 5 << 20
)

// look gives a picture or sticker to a model that sees, and tells others of it.
func (b *Bot) look(ctx context.Context, m *Message, e *webhook.Message) *content {
	sticker := e.Type == "sticker"
	switch {
	case !b.cfg.Pictures && !sticker && blank(e.Media.Caption):
		return &content{notice: b.cfg.Texts.Media.NoPictures}
	case !b.cfg.Pictures && !sticker:
		return &content{text: note("The user sent a picture, which you cannot see, and wrote below it:") + "\n" + e.Media.Caption}
	case sticker && (!b.cfg.Pictures || e.Media.Animated):
		return &content{text: note("The user sent a sticker")}
	}
	return b.fetch(ctx, b.looking, m, e, func(data []byte) *content {
		kind, ok := pictureType(data)
		texts := &b.cfg.Texts.Media
		switch {
		case !ok:
			m.log.Info("a picture is of an unknown type", "mime", e.Media.MIMEType, "found", kind)
			if strings.HasPrefix(plainType(e.Media.MIMEType), "image/") {
				return &content{notice: fill(texts.Damaged, "what", nameOf(e))}
			}
			return &content{notice: fill(texts.Unknown, "what", nameOf(e), "type", plainType(e.Media.MIMEType))}
		case len(data) > maxPictureBytes:
			return &content{notice: fill(texts.TooLarge, "what", nameOf(e), "limit", bytesText(maxPictureBytes))}
		}
		c := &content{text: note("The user sent a %s", what(e)), images: []frame.Image{{MIMEType: kind, Data: data}}}
		if !sticker { // nobody speaks of those later
			c.images[0].Ref = e.Media.ID
		}
		if !blank(e.Media.Caption) {
			c.text += "\n" + e.Media.Caption
		}
		return c
	})
}

// pictureType is the MIME type of a picture, if models know it.
func pictureType(data []byte) (mimeType string, known bool) {
	switch t := http.DetectContentType(data); t {
	case "image/jpeg", "image/png", "image/webp", "image/gif":
		return t, true
	default:
		return t, false
	}
}

// what is the kind of picture.
func what(e *webhook.Message) string {
	if e.Type == "sticker" {
		return "sticker"
	}
	return "picture"
}
