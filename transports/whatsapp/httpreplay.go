package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// replayWindow is how old a message may be. Meta repeats a webhook that was not answered for 7 days, so nothing
	// younger can be refused; messages are known by their ids for longer than that, so nothing within is taken twice. Who
	// got hold of an old webhook, with its signature, can do nothing with it.
	replayWindow = 7*24*time.Hour + time.Hour
	// maxEvents is how many events of one notification are taken. Meta promises at most 1,000.
	maxEvents = 1000
)

// replayed reports whether a message is too old to be a repetition of Meta's. A message without a time is none:
// unsigned webhooks can claim whatever they like, and signed ones have it.
func (b *Bot) replayed(e *webhook.Message) bool {
	age := time.Since(e.Time)
	if e.Time.IsZero() || age <= replayWindow {
		return false
	}
	b.stats.others.Add(1)
	b.log.Warn("a message is ignored because it is older than Meta repeats any; if it is not, check this machine's clock",
		"message", shortID(e.ID), "age_h", int(age.Hours()))
	return true
}

// limitBatch cuts a notification that has more events than Meta sends.
func (b *Bot) limitBatch(batch webhook.Batch) webhook.Batch {
	if n := len(batch.Events); n > maxEvents {
		b.log.Error("a webhook has more events than Meta sends in one; the rest is dropped", "events", n, "taken", maxEvents)
		batch.Events = batch.Events[:maxEvents]
	}
	return batch
}

// signed reports whether a notification has the signature of the app, by its secret or the one before that.
func (b *Bot) signed(secret string, body []byte, header string) bool {
	// Both are tried, one like the other, so that the time does not tell which.
	now := webhook.Signed(secret, body, header)
	before := b.cfg.PreviousAppSecret != "" && webhook.Signed(b.cfg.PreviousAppSecret, body, header)
	return now || before
}
