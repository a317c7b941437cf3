package whatsapp

import (
	"context"
	"errors"
	"runtime"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// fetchLimit is how long a file may take to come, with all attempts.
	fetchLimit = 45 * time.Second
	// maxLooking and maxReading are how many pictures and documents are held in memory at once, of all users.
	maxLooking = 4
	maxReading = 4
)

// maxHearing is how many recordings are read at once: they must not take all cores from calls.
func maxHearing() int { return max(2, runtime.GOMAXPROCS(0)/2) }

// fetch gets a message's file and gives it to use, or says what the user is told. It takes one of the places until use
// returns, so that what is held in memory is bounded.
func (b *Bot) fetch(ctx context.Context, places *turnstile, m *Message, e *webhook.Message, use func(data []byte) *content) *content {
	leave, err := places.enter(ctx, m.line.users.id(m.event.User))
	if err != nil {
		return nil
	}
	defer leave()
	limited, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	began := time.Now()
	data, _, err := m.line.graph.DownloadMedia(limited, e.Media.ID, b.cfg.MaxFileBytes)
	if err == nil {
		err = graph.CheckSum(data, e.Media.SHA256)
	}
	texts := &b.cfg.Texts.Media
	switch {
	case ctx.Err() != nil:
		return nil
	case err == nil && len(data) == 0:
		m.log.Info("a file is empty", "type", e.Type)
		if places == b.reading {
			return &content{notice: fill(texts.NoText, "what", nameOf(e))}
		}
		return &content{notice: fill(texts.Damaged, "what", nameOf(e))}
	case errors.Is(err, graph.ErrDamaged):
		m.log.Warn("a file is damaged", "type", e.Type, "err", err)
		return &content{notice: fill(texts.Damaged, "what", nameOf(e))}
	case errors.Is(err, graph.ErrTooLarge):
		m.log.Info("a file is too large", "type", e.Type, "err", err)
		return &content{notice: fill(texts.TooLarge, "what", nameOf(e), "limit", bytesText(b.cfg.MaxFileBytes))}
	case err != nil:
		m.log.Warn("a file could not be fetched", "type", e.Type, "err", b.noteGraph(err))
		return &content{notice: fill(texts.Lost, "what", nameOf(e))}
	}
	m.log.Debug("a file was fetched", "type", e.Type, "bytes", len(data), "took", time.Since(began))
	return use(data)
}
