package whatsapp

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
)

// DefaultGoodbye is said to callers who are still there when the bot goes down.
const DefaultGoodbye = "I am sorry, I have to go now. Please call again in a moment. Goodbye."

// goodbyeLimit is how long callers may take to hear the goodbye and hang up.
const goodbyeLimit = 5 * time.Second

// Drain lets the bot come to rest: further calls are rejected, and those that run go on until they end by themselves. When
// ctx ends before that, the rest hears Config.Goodbye and has 5 s more; then Drain returns an error that wraps ctx's. Messages
// are answered all the while. Shutdown comes next; there is no way back.
func (b *Bot) Drain(ctx context.Context) error {
	b.draining.Store(true)
	// A call that rings in this moment is registered before the lock is free, or sees that the bot drains.
	calls := b.Calls()
	b.log.Info("no more calls are taken", "running", len(calls))
	for i, c := range calls {
		select {
		case <-c.done:
			continue
		case <-ctx.Done():
		}
		rest := calls[i:]
		for _, c := range rest {
			c.input.deliver(frame.Say{Text: b.cfg.Goodbye})
		}
		if n := awaitEnd(rest, goodbyeLimit); n > 0 {
			return fmt.Errorf("whatsapp: %d calls have not come to their end: %w", n, context.Cause(ctx))
		}
		return nil
	}
	return nil
}

// awaitEnd waits for calls to end, for so long, and returns how many have not.
func awaitEnd(calls []*Call, limit time.Duration) (left int) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for i, c := range calls {
		select {
		case <-c.done:
		case <-timer.C:
			return len(calls) - i
		}
	}
	return 0
}
