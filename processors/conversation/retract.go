package conversation

import (
	"context"
	"slices"

	"github.com/parley-voice/parley/services"
)

// Retract takes the last message back, if it is the user's and has one of the given texts, and reports whether it did. A turn that
// was cut off before it was answered, as by a crash, has left its words here; without that, doing it again would have the user
// say them twice. Errors are those of Append.
func (c *Conversation) Retract(ctx context.Context, texts ...string) (done bool, err error) {
	return c.retract(ctx, func(m services.Message) bool { return slices.Contains(texts, m.Text) })
}

// RetractRefs is like Retract, for a message that came in some of the given transport's messages and in no others.
func (c *Conversation) RetractRefs(ctx context.Context, refs ...string) (done bool, err error) {
	return c.retract(ctx, func(m services.Message) bool {
		return len(m.Refs) > 0 && !slices.ContainsFunc(m.Refs, func(r string) bool { return !slices.Contains(refs, r) })
	})
}

func (c *Conversation) retract(ctx context.Context, is func(services.Message) bool) (done bool, err error) {
	last := func(messages []services.Message) bool {
		n := len(messages)
		return n > 0 && messages[n-1].Role == services.User && is(messages[n-1])
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
