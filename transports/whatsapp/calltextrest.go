package whatsapp

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// readTexts are the texts that the agent in a call has read. The zero value has none.
type readTexts struct {
	mu  sync.Mutex
	all []readText
}

type readText struct {
	turn     frame.UserTurn
	at       time.Time
	arrivals []arrival
}

// maxReadTexts is how many texts of a call are remembered; older ones were answered long ago.
const maxReadTexts = 16

func (r *readTexts) add(t readText) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == maxReadTexts {
		r.all = slices.Delete(r.all, 0, 1)
	}
	r.all = append(r.all, t)
}

// answerRest has the texts answered in the chat that the agent in the call has read, but did not come to answer before
// the call was over: behind them, the conversation has no word of the agent.
func (c *Call) answerRest() {
	c.texts.mu.Lock()
	defer c.texts.mu.Unlock()
	if len(c.texts.all) == 0 {
		return
	}
	tail := unanswered(c.talk.Snapshot())
	rest := slices.DeleteFunc(c.texts.all, func(t readText) bool { return !saidSince(tail, t.at, t.turn) })
	var arrivals []arrival
	for _, t := range slices.Backward(rest) {
		c.takeBack(t.turn)
		arrivals = append(slices.Clone(t.arrivals), arrivals...)
	}
	if len(arrivals) > 0 {
		c.log.Info("texts that the call did not come to answer are answered in the chat", "texts", len(arrivals))
		c.bot.again(c.line, c.From(), arrivals)
	}
}

// unanswered is what was said since the agent's last words.
func unanswered(talk conversation.Snapshot) conversation.Snapshot {
	for i, m := range slices.Backward(talk.Messages) {
		if m.Role == services.Assistant {
			talk.Messages = talk.Messages[i+1:]
			break
		}
	}
	return talk
}

// takeBack takes a text out of the conversation, which it will enter once more.
func (c *Call) takeBack(turn frame.UserTurn) {
	if _, err := c.talk.RetractRefs(context.Background(), turn.Refs...); err != nil {
		c.log.Warn("a text that is answered once more stays in the conversation twice", "err", err)
	}
}

// again puts messages in front of what waits for an answer. They are settled in the journal already.
func (b *Bot) again(l *line, from webhook.User, arrivals []arrival) {
	for i := range arrivals {
		arrivals[i].id, arrivals[i].at = "", time.Time{}
	}
	key := l.users.id(from)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	box := b.inboxOf(l, key)
	if box == nil {
		b.log.Error("texts of a call that is over are not answered: too many users are being answered", "users", maxInboxes)
		return
	}
	box.waiting = append(arrivals, box.waiting...)
	select {
	case box.more <- struct{}{}:
	default: // it is known already
	}
}
