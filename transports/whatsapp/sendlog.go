package whatsapp

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// maxSent is how many of the messages that were sent last are remembered, for what Meta reports of them later.
	maxSent = 4096
	// maxReports is how many reports may overtake the answer to their message's request.
	maxReports = 256
	// replaceTimeout is how long it may take to send a template for a message that Meta dropped.
	replaceTimeout = time.Minute
)

// sentTurn is what several messages to a user are part of.
type sentTurn struct {
	line     *line
	to       webhook.User
	text     string
	replaced atomic.Bool // a template takes their place
}

// sentMessage is one of them.
type sentMessage struct {
	*sentTurn
	spare *spare // takes its place if Meta cannot use it; nil if nothing does
}

// sentLog knows the turns of the messages that were sent last. Its zero value is ready for use, and it is safe for
// concurrent use.
type sentLog struct {
	mu    sync.Mutex
	sent  map[string]sentMessage
	ring  []string // the ids by age; next is the oldest one's place once it is full
	next  int
	early []webhook.Status // of messages whose requests were not answered yet
}

// add remembers a message, and returns what was already reported of it.
func (l *sentLog) add(id string, m sentMessage) (report webhook.Status, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sent == nil {
		l.sent = make(map[string]sentMessage)
	}
	if len(l.ring) < maxSent {
		l.ring = append(l.ring, id)
	} else {
		delete(l.sent, l.ring[l.next])
		l.ring[l.next] = id
		l.next = (l.next + 1) % maxSent
	}
	l.sent[id] = m
	i := slices.IndexFunc(l.early, func(e webhook.Status) bool { return e.ID == id })
	if i < 0 {
		return report, false
	}
	report = l.early[i]
	l.early = slices.Delete(l.early, i, i+1)
	return report, true
}

// find returns a message. A report of one that is not known may be early; it is kept.
func (l *sentLog) find(report webhook.Status) (m sentMessage, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok = l.sent[report.ID]; ok {
		return m, true
	}
	if len(l.early) >= maxReports {
		l.early = l.early[1:]
	}
	l.early = append(l.early, report)
	return m, false
}

// noteSent remembers a message that Meta took, and returns its id.
func (b *Bot) noteSent(id string, t *sentTurn, s *spare) string {
	b.stats.sent.Add(1)
	m := sentMessage{t, s}
	if report, failed := b.sent.add(id, m); failed {
		b.undelivered(&report, m)
	}
	return id
}

// noteStatus connects a report of Meta's with the message that it is about. Only failures matter: Meta takes a message
// before it knows whether it can be delivered.
func (b *Bot) noteStatus(e *webhook.Status) {
	if e.Status != "failed" && len(e.Errors) == 0 {
		return
	}
	b.stats.undelivered.Add(1)
	if m, ok := b.sent.find(*e); ok {
		b.undelivered(e, m)
		return
	}
	b.log.Warn("a message could not be delivered; this bot has not sent it lately", "message", shortID(e.ID), "to", e.User.String(), "err", firstFault(e))
}

// undelivered tells of a message of this bot that did not arrive. Outside of the 24 hours a template may take its place, and
// a text that of a file that Meta cannot use.
func (b *Bot) undelivered(e *webhook.Status, m sentMessage) {
	t := m.sentTurn
	advice := ""
	closed, unusable := false, false
	for _, fault := range e.Errors {
		refusal := &graph.Error{Code: fault.Code, JSON: true}
		advice, closed, unusable = refusal.Advice(), closed || refusal.WindowClosed(), unusable || refusal.MediaRefused()
	}
	b.log.Warn("a message could not be delivered", "message", shortID(e.ID), "to", t.to.String(), "err", firstFault(e), "advice", advice)
	replace := unusable && m.spare != nil && m.spare.used.CompareAndSwap(false, true)
	if !replace && (!closed || b.cfg.OnWindowClosed == nil || t.replaced.Load()) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	if replace {
		b.replaceLater(m)
		return
	}
	b.wg.Go(func() { // ends within replaceTimeout, or with the bot
		ctx, cancel := context.WithTimeout(b.ctx, replaceTimeout)
		defer cancel()
		p, err := t.line.outbox.open(ctx, t.line.users.id(t.to), addressOf(t.to), nil)
		if err == nil {
			defer p.close()
			_, err = b.deliverTemplate(ctx, p, t, nil, firstFault(e))
		}
		if err != nil {
			b.log.Warn("a message that could not be delivered has no substitute", "to", t.to.String(), "err", err)
		}
	})
}

// firstFault is why a message was not delivered.
func firstFault(e *webhook.Status) error {
	if len(e.Errors) == 0 {
		return webhook.Error{Title: "Meta does not say why"}
	}
	return e.Errors[0]
}
