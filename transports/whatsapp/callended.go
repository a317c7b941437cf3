package whatsapp

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/parley-voice/parley/services"
)

// CallEndedHandler is told of a call that is over and returns what is to be sent to the user's chat, such as a summary;
// "" sends nothing. Its context ends after a minute, and when the bot shuts down.
type CallEndedHandler func(ctx context.Context, call *Call) (text string, err error)

// callEndedLimit is how long it may take to make and send what follows a call.
const callEndedLimit = time.Minute

// OnCallEnded sets the handler of calls that are over, in which the user spoke at least Config.SummaryTurns times. What
// it returns is sent like Call.SendText does; a failure is logged, and the user hears nothing of it. It is not called
// for calls that the bot's Shutdown ends.
func (b *Bot) OnCallEnded(h CallEndedHandler) { b.onCallEnded.Store(&h) }

// Messages are what was said with the user while the call ran, in their order. They must not be changed.
func (c *Call) Messages() []services.Message {
	if c.talk == nil {
		return nil
	}
	all := c.talk.Snapshot().Messages
	first := slices.IndexFunc(all, func(m services.Message) bool { return !m.At.Before(c.began) })
	if first < 0 {
		return nil
	}
	return all[first:]
}

// turns counts what the user said in the call.
func (c *Call) turns() (n int) {
	for _, m := range c.Messages() {
		if m.Role == services.User && m.Via == "call" {
			n++
		}
	}
	return n
}

// followUp does what remains to be done for the user, and asks the handler of ended calls what to send. It ends with
// callEndedLimit or the bot.
func (c *Call) followUp() {
	c.answerRest()
	h := c.bot.onCallEnded.Load()
	if h == nil || *h == nil || c.turns() < c.bot.cfg.SummaryTurns {
		return
	}
	ctx, cancel := context.WithTimeout(c.bot.ctx, callEndedLimit)
	defer cancel()
	quit := make(chan struct{})
	defer close(quit)
	go func() { // ends with followUp
		select {
		case <-c.bot.closing:
			cancel()
		case <-quit:
		}
	}()
	text, err := c.ended(ctx, *h)
	if err == nil && ctx.Err() == nil && !blank(text) {
		_, err = c.sendText(ctx, text)
	}
	switch {
	case c.bot.isClosed():
	case err != nil:
		c.log.Warn("what follows the call could not be made or sent", "err", err)
	}
}

func (c *Call) ended(ctx context.Context, h CallEndedHandler) (text string, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.log.Error("panic in the handler of ended calls", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: %w: %v", ErrHandler, errPanic, v)
		}
	}()
	return h(ctx, c)
}
