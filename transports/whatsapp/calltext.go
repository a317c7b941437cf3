package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// SendText sends a text to the chat of the user who calls, such as a link that nobody wants to hear, in several messages
// if it is too long for one. Markdown becomes WhatsApp's markup. What Meta took of it is part of the conversation. It is
// safe for concurrent use, and works until the bot's Shutdown, also after the call.
func (c *Call) SendText(ctx context.Context, text string) error {
	_, err := c.sendText(ctx, text)
	return err
}

func (c *Call) sendText(ctx context.Context, text string) (accepted string, err error) {
	if blank(text) {
		return "", nil
	}
	if c.talk == nil {
		return "", errors.New("whatsapp: a text can be sent as soon as the call's handler runs")
	}
	accepted, err = c.bot.sendText(withSubject(ctx, c), c.line, c.From(), c.bot.cfg.wording(text))
	if blank(accepted) {
		return accepted, err
	}
	_, kept := c.talk.Append(ctx, services.Message{Role: services.Assistant, Text: accepted, Via: "text", At: time.Now()})
	return accepted, errors.Join(err, kept)
}

// callWith returns the call in which a message is to be read; nil if it is answered in the chat.
func (b *Bot) callWith(m *Message) *Call {
	if !b.cfg.TextInCall || b.cfg.Mode != Chat || m.origin != byUser {
		return nil
	}
	key := m.line.users.id(m.event.User)
	for _, c := range b.Calls() {
		if c.line == m.line && c.State() == Active && c.line.users.id(c.From()) == key {
			return c
		}
	}
	return nil
}

// read gives a message to the agent in the call and waits until it has read it, which the conversation shows. It reports
// false if it will not: then the message is to be answered in the chat. It fails as claim does.
func (c *Call) read(ctx context.Context, m *Message) (taken bool, err error) {
	if err := m.claim(ctx); err != nil {
		return false, err // a newer message brings it along, or the journal cannot be written
	}
	given, turn := time.Now(), m.turn()
	turn.ReplyVia = "call"
	if err := c.input.push(turn); err != nil {
		return false, nil
	}
	for {
		talk, changed := c.talk.Watch()
		if saidSince(talk, given, turn) {
			c.log.Info("the agent reads a text in the call")
			c.texts.add(readText{turn: turn, at: given, arrivals: m.arrivals})
			return true, nil
		}
		select {
		case <-changed:
		case <-c.done:
			talk := c.talk.Snapshot()
			if saidSince(talk, given, turn) && !saidSince(unanswered(talk), given, turn) {
				return true, nil
			}
			c.takeBack(turn)
			return false, nil
		case <-ctx.Done():
			c.log.Warn("a text was given to the call, which does not get to it", "err", context.Cause(ctx))
			return true, nil // it may still come, and must not be answered twice
		}
	}
}

// saidSince reports whether a turn stands in the conversation since then.
func saidSince(talk conversation.Snapshot, since time.Time, turn frame.UserTurn) bool {
	for i := len(talk.Messages) - 1; i >= 0; i-- {
		s := talk.Messages[i]
		if s.Role == services.User && s.Via == turn.Via && s.Text == turn.Text && !s.At.Before(since) {
			return true
		}
	}
	return false
}

// errNoPipeline means that there is nobody who would read a frame.
var errNoPipeline = fmt.Errorf("whatsapp: the call has no pipeline that runs")
