package whatsapp

import (
	"context"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// asked is told of each request to the Graph API.
func (b *Bot) asked(ctx context.Context, d graph.Done) {
	b.meta.note(d)
	if !b.observed() {
		return
	}
	e := GraphAsked{Done: d}
	switch of := ctx.Value(subjectKey{}).(type) {
	case *Call:
		e.Call = of
	case *Message:
		e.Message = of
	}
	b.observe(e)
}
