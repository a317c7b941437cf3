package whatsapp

import (
	"errors"
	"fmt"
	"runtime/debug"
)

var errPanic = errors.New("panic")

// startHandler runs the bot's handler for the call and closes returned when it is done. The handler ends the
// call by returning; a failure or panic is this call's alone.
func (c *Call) startHandler(returned chan<- struct{}) {
	c.handling = true
	// Ends when the handler returns, which it is asked to by its context; the bot's shutdown waits for it.
	c.bot.wg.Go(func() {
		defer close(returned)
		err := c.handle()
		if c.ctx.Err() != nil && !errors.Is(err, errPanic) {
			err = nil // it was told to stop
		}
		if err == nil {
			c.post(event{what: stop, reason: ErrBotHungUp})
			return
		}
		c.log.Error("the call's handler failed", "err", err)
		c.post(event{what: stop, reason: err})
	})
}

func (c *Call) handle() (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %w: %v", ErrHandler, errPanic, v)
			c.log.Error("panic in the call's handler", "panic", v, "stack", string(debug.Stack()))
		}
	}()
	talk, err := c.line.users.open(c.ctx, c.bot.book, c.offer.User)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrHandler, err)
	}
	c.talk = talk
	if err := (*c.bot.onCall.Load())(c.ctx, c); err != nil {
		return fmt.Errorf("%w: %w", ErrHandler, err)
	}
	return nil
}
