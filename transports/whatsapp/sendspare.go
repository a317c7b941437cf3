package whatsapp

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

const (
	// spareTimeout is how long it may take to send what takes the place of a message that Meta dropped later.
	spareTimeout = time.Minute
	// maxFileName is how much of a file's name the user is told.
	maxFileName = 60
)

// spare is what the user gets, once, instead of a message that Meta does not take: the text of a voice note, or else one
// sentence about the files that are missing.
type spare struct {
	messages []graph.Message
	file     string // its name, if there are no messages
	used     atomic.Bool
}

// unfit reports whether Meta has refused a message for what is in it, so that it may take another.
func unfit(err error) bool {
	var refused *graph.Error
	return errors.As(err, &refused) && refused.NotApplied() && !refused.Limited() && !refused.Lasting()
}

// spareFiles makes the one sentence about files that could not be sent.
func (c Config) spareFiles(names []string) []graph.Message {
	if len(names) == 0 {
		return nil
	}
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = shortened(n, maxFileName)
	}
	return asWritten(fill(c.Texts.FileFailed, "files", strings.Join(shown, ", "))).messages()
}

// sendSpare sends what takes the place of a message that was refused for its content, and returns the ids. Of a file it returns the
// name instead.
func (d delivery) sendSpare(ctx context.Context, p *post, s *spare, sent func(id string)) (file string, err error) {
	s.used.Store(true)
	for _, m := range s.messages {
		id, err := p.send(ctx, m, d.of)
		if err != nil {
			return "", err
		}
		sent(id)
	}
	return s.file, nil
}

// replaceLater sends what takes the place of a message that Meta took and could not use after all. It needs the bot's lock.
func (b *Bot) replaceLater(m sentMessage) {
	b.wg.Go(func() { // ends within spareTimeout, or with the bot
		ctx, cancel := context.WithTimeout(b.ctx, spareTimeout)
		defer cancel()
		messages := m.spare.messages
		if m.spare.file != "" {
			messages = b.cfg.spareFiles([]string{m.spare.file})
		}
		if _, err := b.sendAll(ctx, delivery{line: m.line, to: m.to, messages: messages, text: m.text}); err != nil {
			b.log.Warn("a file that could not be delivered has no substitute", "to", m.to.String(), "err", err)
		}
	})
}
