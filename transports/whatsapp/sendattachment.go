package whatsapp

import (
	"context"
	"mime"
	"net/http"
	"path"
	"strings"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// attach uploads a file and makes the messages that show it: as a picture, a film, sound or a sticker where WhatsApp can,
// else as a document. Its name and type must be known. A caption that is too long follows as a text.
func (m *Message) attach(ctx context.Context, f frame.Attachment) ([]graph.Message, error) {
	id, err := m.line.graph.UploadMedia(ctx, f.Name, f.MIMEType, f.Data)
	if m.bot.noteGraph(err) != nil {
		return nil, attachError(f, err)
	}
	kind, _, _ := mime.ParseMediaType(f.MIMEType)
	family, _, _ := strings.Cut(kind, "/")
	words := m.bot.cfg.wording(f.Caption)
	caption, rest := words.shown, []graph.Message(nil)
	if captionless := family == "audio" || kind == "image/webp"; captionless || graph.Units(caption) > graph.MaxCaptionUnits {
		caption, rest = "", words.messages()
	}
	var message graph.Message
	switch {
	case kind == "image/webp":
		message = graph.Sticker{ID: id}
	case family == "image":
		message = graph.Image{ID: id, Caption: caption}
	case family == "video":
		message = graph.Video{ID: id, Caption: caption}
	case family == "audio":
		message = graph.Audio{ID: id}
	default:
		message = graph.Document{ID: id, Caption: caption, Filename: f.Name}
	}
	return append([]graph.Message{message}, rest...), nil
}

// identified fills in what is missing of a file's name and type.
func identified(f frame.Attachment) frame.Attachment {
	if f.MIMEType == "" {
		f.MIMEType = http.DetectContentType(f.Data)
	}
	f.Name = path.Base(strings.ReplaceAll(strings.TrimSpace(f.Name), `\`, "/"))
	if f.Name == "." || f.Name == "/" {
		f.Name = "file"
		if known, _ := mime.ExtensionsByType(f.MIMEType); len(known) > 0 {
			f.Name += known[0]
		}
	}
	return f
}
