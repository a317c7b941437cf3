package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// promiseLimit is how long it is tried to journal that an answer is about to be sent.
	promiseLimit = 30 * time.Second
	// promisePause is how long to wait before that is tried again, and before a turn is taken up again that could not
	// be answered for the journal.
	promisePause = time.Second
)

// ErrJournal means that the journal cannot be written, so that nothing is sent: after a crash it would be sent again.
var ErrJournal = errors.New("whatsapp: the journal cannot be written")

// stored is what the journal keeps of a message.
type stored struct {
	Event webhook.Message
	At    time.Time
}

// item is the message as the journal keeps it.
func (o *offer) item() (journal.Item, error) {
	data, err := json.Marshal(stored{Event: *o.event, At: o.at})
	if err != nil {
		return journal.Item{}, fmt.Errorf("whatsapp: a message cannot be journalled: %w", err)
	}
	return journal.Item{Class: journal.Message, ID: o.id, Data: data}, nil
}

// promises returns the journal's ids of messages.
func promises(arrivals []arrival) (ids []string) {
	for _, a := range arrivals {
		if a.id != "" { // a heartbeat is not journalled
			ids = append(ids, a.id)
		}
	}
	return ids
}

// promise journals that something is about to be sent in answer to this turn: if the process dies now, nobody knows
// whether it was, and it is not sent again. It is done once; if it fails, nothing may be sent.
func (m *Message) promise(ctx context.Context) error {
	m.promising.Lock()
	defer m.promising.Unlock()
	if m.promised.Load() || len(m.owed) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, promiseLimit, errors.New("it takes too long"))
	defer cancel()
	j := m.bot.journal.Load()
	for {
		err := j.Begin(ctx, journal.Message, m.owed...)
		if err == nil {
			m.promised.Store(true)
			return nil
		}
		m.log.Warn("an answer cannot be sent yet: the journal cannot be written", "err", err)
		if !errors.Is(err, journal.ErrTaken) && !errors.Is(err, journal.ErrClosed) && ctx.Err() == nil {
			select {
			case <-time.After(promisePause):
				continue
			case <-ctx.Done():
			}
		}
		m.unpromised.Store(true)
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
}

// takeBack takes the words of a turn out of the conversation that it has left there before a crash.
func (m *Message) takeBack(ctx context.Context) {
	var texts []string
	text := ""
	for n, a := range m.arrivals {
		if n > 0 {
			text += "\n"
		}
		text += a.event.Text
		if a.again {
			texts = append(texts, text, a.event.Text)
		}
	}
	if len(texts) == 0 {
		return
	}
	if m.arrivals[0].again {
		texts = append(texts, m.text)
	}
	done, err := m.talk.RetractRefs(ctx, m.refs()...)
	if err == nil && !done {
		_, err = m.talk.Retract(ctx, texts...)
	}
	if err != nil {
		m.log.Warn("what an earlier try to answer a message has left in the conversation stays there", "err", err)
	}
}

// conclude settles what a turn was about, as far as nothing is to be done for it any more. Of what is left, it returns
// what this process answers again.
func (b *Bot) conclude(box *inbox, m *Message, again []arrival) []arrival {
	j := b.journal.Load()
	cut := (m.failed || !m.promised.Load()) && errors.Is(context.Cause(b.ctx), ErrShutdown)
	switch {
	case m.kept.Load():
		b.keepWaiting(box)
		return nil
	case m.progress.Load() == superseded:
		if len(again) == 0 {
			// Its words are in the conversation, so the next turn answers them, too.
			b.mu.Lock()
			box.owed = append(box.owed, m.owed...)
			b.mu.Unlock()
		}
	case m.unpromised.Load() && !m.promised.Load():
		if m.Heartbeat() || cut || errors.Is(j.Err(), journal.ErrTaken) {
			return nil // the journal has it, for the next start
		}
		for i := range m.arrivals {
			m.arrivals[i].again = true
		}
		select {
		case <-time.After(promisePause):
			return m.arrivals
		case <-b.closing:
			return nil
		}
	case cut:
		// It stays in the journal: it is answered after the next start, or reported if it may have been sent.
	default:
		j.Settle(journal.Message, m.owed...)
	}
	return again
}
