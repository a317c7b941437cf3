package whatsapp

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// stats counts what came in, for the health page.
type stats struct {
	busy, unstored                         atomic.Int64 // messages and webhooks that Meta is to send again
	recovered, orphans                     atomic.Int64 // messages and calls of before the restart
	uncertain                              atomic.Int64 // answers that may have arrived or not
	elsewhere                              atomic.Int64 // messages that another bot on the store answers
	webhooks, refused, invalid, ignored    atomic.Int64
	calls, messages                        atomic.Int64
	dialed                                 atomic.Int64 // calls that the bot placed or tried to
	statuses, others, foreign, graphErrors atomic.Int64
	sent, undelivered                      atomic.Int64 // messages
	lastWebhook                            atomic.Int64 // Unix nanoseconds
	unauthorized                           atomic.Bool  // the Graph API refused the access token
}

func (s *stats) webhook() {
	s.webhooks.Add(1)
	s.lastWebhook.Store(time.Now().UnixNano())
}

// noteGraph remembers how a request to the Graph API went, and returns its error.
func (b *Bot) noteGraph(err error) error {
	var e *graph.Error
	switch {
	case err == nil:
		b.stats.unauthorized.Store(false)
	case errors.As(err, &e) && e.Unauthorized():
		b.stats.unauthorized.Store(true)
		b.stats.graphErrors.Add(1)
	default:
		b.stats.graphErrors.Add(1)
	}
	return err
}

// noteMessage is noteGraph for a message to a user.
func (b *Bot) noteMessage(err error) {
	if graph.OutcomeUnknown(err) {
		b.stats.uncertain.Add(1)
	}
	_ = b.noteGraph(err)
}
