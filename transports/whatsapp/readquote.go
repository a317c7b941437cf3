package whatsapp

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxQuote is how much of a quoted message a model gets, in characters.
const maxQuote = 500

// references says what a message refers to, a line each: what it quotes, the advertisement that it came by, and the
// like. said is the conversation.
func references(e *webhook.Message, said []services.Message) string {
	var lines []string
	if r := e.Referral; r != nil {
		var parts []string
		for _, s := range []string{r.Headline, r.Body, r.SourceURL} {
			if !blank(s) {
				parts = append(parts, inline(s))
			}
		}
		if len(parts) > 0 {
			lines = append(lines, note("The user came by an advertisement: %s", strings.Join(parts, " / ")))
		}
	}
	if e.Context.Forwarded {
		lines = append(lines, note("The user forwarded this:"))
	}
	if p := e.Context.Product; p != nil && p.ID != "" {
		lines = append(lines, note("About the product %s", inline(p.ID)))
	}
	// A choice belongs to the question before it, which need not be repeated.
	if e.ReplyTo != "" && e.Type != "button" && e.Type != "interactive" {
		lines = append(lines, note("In reply to %s", quoted(e.ReplyTo, said)))
	}
	return strings.Join(lines, "\n")
}

// quoted says which earlier message an id is of.
func quoted(id string, said []services.Message) string {
	for _, m := range slices.Backward(said) {
		if !slices.Contains(m.Refs, id) {
			continue
		}
		text := strings.TrimSpace(clip(m.Text, maxQuote))
		if m.Role == services.Assistant {
			return `what you wrote: "` + text + `"`
		}
		return `what the user wrote earlier: "` + text + `"`
	}
	return "an earlier message"
}

// reacted says how the user reacted to an earlier message.
func reacted(e *webhook.Message, said []services.Message) string {
	return note("The user reacted with %s to %s", inline(e.Reaction.Emoji), quoted(e.Reaction.MessageID, said))
}
