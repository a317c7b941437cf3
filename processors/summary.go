package processors

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/services"
)

// summaryPrompt is what a model is told that summarises a call.
const summaryPrompt = `You write the note that a caller gets as a text message after a phone call with an assistant. ` +
	`Say in one to four short sentences, in the language of the call and in plain text, what was asked, what was answered or agreed, ` +
	`and what is to be done by whom and when. Speak to the caller as "you". Use only what was said in the call; leave out greetings and small talk.`

// summaryTokens limits a summary.
const summaryTokens = 300

// ErrNoSummary means that a model did not come up with a summary.
var ErrNoSummary = errors.New("processors: the model wrote no summary")

// Summarize asks a model for a summary of what was said in a call, such as Call.Messages of the WhatsApp transport, to be
// sent to the caller. It is "" if the user said nothing. A failure of the model wraps ErrNoSummary. ctx bounds how long it
// may take.
func Summarize(ctx context.Context, model services.LLM, said []services.Message) (string, error) {
	transcript, words := transcribe(said)
	if !words {
		return "", nil
	}
	var summary strings.Builder
	for delta, err := range model.Generate(ctx, services.Request{MaxTokens: summaryTokens, Messages: []services.Message{
		{Role: services.System, Text: summaryPrompt},
		{Role: services.User, Text: "The call:\n\n" + transcript + "\nThe note:"},
	}}) {
		if err != nil {
			return "", fmt.Errorf("%w: %w", ErrNoSummary, err)
		}
		if delta.Retract {
			summary.Reset()
		}
		summary.WriteString(delta.Text)
	}
	text := strings.TrimSpace(summary.String())
	if text == "" {
		return "", fmt.Errorf("%w: it answered with nothing", ErrNoSummary)
	}
	return text, nil
}

// transcribe writes down who said what, a line each, and whether the user said anything.
func transcribe(said []services.Message) (transcript string, words bool) {
	var b strings.Builder
	for _, m := range said {
		text := strings.Join(strings.Fields(m.Text), " ")
		if text == "" {
			continue
		}
		switch m.Role {
		case services.User:
			words = true
			b.WriteString("Caller: ")
		case services.Assistant:
			b.WriteString("Assistant: ")
		default:
			continue
		}
		b.WriteString(text)
		if m.Interrupted {
			b.WriteString(" (interrupted)")
		}
		b.WriteByte('\n')
	}
	return b.String(), words
}
