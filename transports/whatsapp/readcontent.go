package whatsapp

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// content is what a message says, as a model understands it.
type content struct {
	text   string        // "" if the model gets nothing of it
	images []frame.Image // for a model that sees
	voice  bool          // it was a voice note
	notice string        // what the user is told, if it could not be read
}

// answerable reports whether a message wants to be read at all.
func (b *Bot) answerable(e *webhook.Message) bool {
	if len(e.User.Keys()) == 0 || e.GroupID != "" {
		return false // nobody to answer, or a group, which would not see the answer
	}
	switch e.Type {
	case "system", "request_welcome", "edit", "revoke", "":
		return false // nothing was said
	case "reaction":
		return b.cfg.Mode == Chat && e.Reaction != nil && e.Reaction.Emoji != "" && e.Reaction.MessageID != "" // else there is nowhere to note it
	case "interactive":
		return e.Text != "" || e.Form != nil || e.Subtype != "" // a kind of the future gets an answer, too
	case "unsupported":
		switch e.Subtype {
		case "edit", "revoke", "pin", "reaction", "keep_in_chat", "poll_update", "group_invite":
			return false // nothing was said
		}
	case "text":
		return !blank(e.Text)
	}
	return true
}

// readable reports whether a message is of a kind that can be read.
func readable(e *webhook.Message) bool {
	switch e.Type {
	case "text", "button":
		return !blank(e.Text)
	case "interactive":
		return !blank(e.Text) || e.Form != nil
	case "image", "video", "audio", "document", "sticker":
		return e.Media != nil && e.Media.ID != ""
	case "location":
		return e.Location != nil
	case "contacts":
		return len(e.Contacts) > 0
	case "order":
		return e.Order != nil
	case "reaction":
		return e.Reaction != nil
	}
	return false
}

// silent reports whether a message wants no answer of its own.
func silent(e *webhook.Message) bool { return e.Type == "reaction" }

// read finds out what a message says. A file is fetched and read, which may take long. It returns nil if ctx ended
// before that. A panic, such as one in the library for a kind of file, costs this message alone.
func (b *Bot) read(ctx context.Context, m *Message, e *webhook.Message) (c *content) {
	defer func() {
		if v := recover(); v != nil {
			m.log.Error("panic while reading a message", "type", e.Type, "panic", v, "stack", string(debug.Stack()))
			c = &content{notice: fill(b.cfg.Texts.Media.Damaged, "what", nameOf(e))}
		}
	}()
	switch e.Type {
	case "audio":
		c = b.hear(ctx, m, e)
	case "image", "sticker":
		c = b.look(ctx, m, e)
	case "document":
		switch kind, _, _ := strings.Cut(e.Media.MIMEType, "/"); {
		case kind == "audio":
			c = b.hear(ctx, m, e)
		case kind == "video":
			c = b.watch(ctx, m, e)
		default:
			c = b.readDocument(ctx, m, e)
		}
	case "video":
		c = b.watch(ctx, m, e)
	default:
		c = &content{text: wordsOf(e)}
	}
	if ctx.Err() != nil && (c == nil || c.text == "") {
		return nil
	}
	if c.notice != "" && e.Media != nil && !blank(e.Media.Caption) { // the user's own words are answered all the same
		c.text = note("The user sent %s, which could not be read, and wrote below it:", strings.Replace(nameOf(e), "your", "a", 1)) + "\n" + e.Media.Caption
	}
	return c
}

// nameOf is what a file is called when the bot speaks of it.
func nameOf(e *webhook.Message) string {
	switch {
	case e.Type == "audio" && e.Media.Voice:
		return "your voice note"
	case e.Type == "audio":
		return "your recording"
	case e.Type == "image":
		return "your picture"
	case e.Type == "document" && !blank(e.Media.Filename):
		return "your document " + inline(e.Media.Filename)
	case e.Type == "document", e.Type == "sticker", e.Type == "video":
		return "your " + e.Type
	}
	return "your message"
}

// plural is "1 minute" or "5 minutes".
func plural(n int, unit string) string {
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// bytesText is a number of bytes as people say it.
func bytesText(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%d kB", cmp.Or(n>>10, 1))
	}
	return fmt.Sprintf("%d MB", n>>20)
}
