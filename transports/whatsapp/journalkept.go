package whatsapp

import (
	"errors"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
)

// persists reports whether what the journal has is there after the process, for the next one.
func (b *Bot) persists() bool { return services.Persists(b.cfg.Journal) }

// quit is closed with the bot, if the answer can be left to the next start: nothing of it was sent, and what it answers is in
// a journal that outlives the process. Nobody waits for a heartbeat, so that one is given up.
func (m *Message) quit() <-chan struct{} {
	if m.promised.Load() || m.touched.Load() || !m.Heartbeat() && !m.journalled() {
		return nil
	}
	return m.bot.closing
}

// journalled reports whether all that is answered here outlives the process.
func (m *Message) journalled() bool {
	if !m.bot.persists() {
		return false
	}
	for _, a := range m.arrivals {
		if a.id == "" {
			return false // it was settled in a call
		}
	}
	return true
}

// tried is told how each request of the turn went. When Meta refuses to take the first message now, nothing is being sent any more: so
// the journal says until the next try, which may be minutes later or in the next process.
func (m *Message) tried(err error) {
	m.promising.Lock()
	defer m.promising.Unlock()
	var refused *graph.Error
	if err == nil || graph.OutcomeUnknown(err) {
		m.touched.Store(true)
	} else if errors.As(err, &refused) && refused.Limited() && !m.touched.Load() && m.promised.CompareAndSwap(true, false) {
		m.bot.journal.Load().Revoke(journal.Message, m.owed...)
	}
}

// keepWaiting leaves the messages behind one that is kept to the next start as well, so that they are answered in their order.
func (b *Bot) keepWaiting(box *inbox) {
	if !b.persists() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	var rest []arrival
	for _, a := range box.waiting {
		if a.id == "" {
			rest = append(rest, a) // it was settled in a call
		}
	}
	box.waiting = rest
}

// keep is called for a turn that was not sent before the bot ended, and says what became of it.
func (m *Message) keep(why error) (MessageOutcome, error) {
	if !m.Heartbeat() {
		m.log.Info("an answer waits for Meta's limits while the bot ends: the next start sends it")
		return MessageKept, nil
	}
	m.log.Info("a heartbeat waits for Meta's limits while the bot ends, and is given up")
	m.forgetBeat()
	return MessageFailed, why
}

// noteKept remembers that a delivery failed because the bot ended.
func (m *Message) noteKept(err error) {
	if errors.Is(err, errKept) {
		m.kept.Store(true)
	}
}
