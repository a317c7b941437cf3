package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// question is the text that is sent after the call.
const question = "Thanks for the call! Which country's capital did I ask you about?"

// text writes to the bot after the call and looks whether the model is shown the call: one conversation, whatever
// the way.
func (p *play) text(ctx context.Context) error {
	p.screen.title("A text to the same bot")
	mark := p.bot.diary.mark()
	p.report.Text = &Text{Sent: question, Messages: []chatMessage{}}
	p.screen.row(blue, "caller", "writes %q", question)
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	if _, err := p.e.SendText(ctx, p.user, question); err != nil {
		return err
	}
	answer, err := p.e.WaitMessage(ctx, p.user)
	if err != nil {
		return fmt.Errorf("the bot did not answer: %w", err)
	}
	p.report.Text.Answer = answer.Text
	p.screen.row(green, "bot", "writes %q", answer.Text)
	telling, cancel := context.WithTimeout(ctx, tellingTime)
	defer cancel()
	request, err := p.bot.diary.wait(telling, mark, "what it asked its model", func(e botEvent) bool { return e.Event == "llm_request" })
	if err != nil {
		return err
	}
	p.report.Text.Messages = request.Messages
	found, total := p.shared(request.Messages)
	if found == 0 {
		return errors.New("nothing that was said in the call is in the model's request: two conversations instead of one")
	}
	p.screen.row(yellow, "proof", "the model was asked with %d messages; %d of the %d things said in the call are among them",
		len(request.Messages), found, total)
	return nil
}

// shared counts what was said in the call, by both sides, and how much of it the model was shown.
func (p *play) shared(messages []chatMessage) (found, total int) {
	contains := func(text string) bool {
		for _, m := range messages {
			if m.Role != "system" && strings.Contains(squeeze(m.Text), squeeze(text)) {
				return true
			}
		}
		return false
	}
	for _, turn := range p.report.Turns {
		for _, text := range []string{turn.Heard, turn.Said} {
			if text == "" {
				continue
			}
			total++
			if contains(text) {
				found++
			}
		}
	}
	return found, total
}

// squeeze makes all runs of white space one blank.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
