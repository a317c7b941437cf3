package conversation

import (
	"context"

	"github.com/parley-voice/parley/services"
)

// Retract takes the last message back, if it is the user's and has one of the given texts, and reports whether it did. A turn that
// was cut off before it was answered, as by a crash, has left its words here; without that, doing it again would have the user
// say them twice. Errors are those of Append.
func (c *Conversation) Retract(ctx context.Context, texts ...string) (done bool, err error) {
	last := func(messages []services.Message) bool {
		n := len(messages)
		if n == 0 || messages[n-1].Role != services.User {
			return false
		}
		for _, t := range texts {
			if t == messages[n-1].Text {
				return true
			}
		}
		return false
	}
	if !last(c.Snapshot().Messages) {
		return false, nil
	}
	_, err = c.change(ctx, func(old []services.Message) []services.Message {
		if done = last(old); done {
			return old[: len(old)-1 : len(old)-1]
		}
		return old
	})
	return done, err
}
