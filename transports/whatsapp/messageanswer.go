package whatsapp

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/parley-voice/parley/processors/conversation"
)

const (
	// typingPeriod is how often the typing indicator is renewed: Meta ends it after 25 s.
	typingPeriod = 20 * time.Second
	// readLimit is how long it may take to mark a message as read; the answer waits for that.
	readLimit = 2 * time.Second
)

// answer handles one turn, until it is answered. If it was superseded, it returns the messages that are to be
// answered again.
func (b *Bot) answer(m *Message) (again []arrival) {
	defer m.cancel(nil)
	done := MessageHandled{Message: m, Outcome: MessageAnswered, Came: m.arrivals[0].at, Began: time.Now()}
	if done.Came.IsZero() {
		done.Came = done.Began // it was part of an answer that was superseded
	}
	b.observe(MessageBegan{Message: m, Came: done.Came, At: done.Began})
	defer func() {
		done.Ended = time.Now()
		b.observe(done)
	}()
	e, log := &m.event, m.log
	if m.arrivals[0].unsure {
		close(m.read)
		done.Outcome = MessageNoted
		if err := b.noteUnsure(m); err != nil {
			done.Outcome, done.Err = MessageFailed, err
			log.Error("it cannot be noted that an answer may have arrived", "err", err)
		}
		return nil
	}
	ctx, cancel := withTurnClock(m.ctx, b.cfg.MessageTimeout, &tooSlow{ErrHandler, "no answer", b.cfg.MessageTimeout})
	defer cancel()
	if m.Heartbeat() {
		log.Info("heartbeat", "to", e.User.String())
	} else {
		log.Info("message received", "from", e.User.String(), "type", e.Type, "together", len(m.arrivals))
	}

	if !b.guests.allow(e.User) && !m.Heartbeat() && b.isTold(ctx, m) {
		close(m.read)
		done.Outcome = MessageNoted
		return nil
	}
	if text, ok := b.standardReply(ctx, m); ok {
		close(m.read)
		done.Outcome = MessageReplied
		if err := m.utter(ctx, text); m.kept.Load() {
			done.Outcome, done.Err = m.keep(err)
		} else if err != nil {
			m.failed = true
			done.Outcome, done.Err = MessageFailed, err
			log.Warn("a reply could not be sent", "err", err)
		}
		return nil
	}
	if m.mute() {
		close(m.read)
		done.Outcome = MessageNoted
		if err := b.remember(ctx, m); err != nil {
			done.Outcome, done.Err = MessageFailed, err
			log.Error("a reaction could not be noted", "err", err)
		}
		return nil
	}
	if m.origin == byReset {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeoutCause(ctx, greetingLimit, fmt.Errorf("%w: no greeting within %v", ErrHandler, greetingLimit))
		defer stop()
	}
	m.call = b.callWith(m)
	typing, stopTyping := context.WithCancel(ctx)
	stopped := make(chan struct{})
	go func() { // ends with stopTyping, below
		roomyStack()
		defer close(stopped)
		b.showTyping(typing, m)
	}()
	err := b.handleMessage(ctx, m)
	m.failed = err != nil
	stopTyping()
	<-stopped
	if m.kept.Load() {
		done.Outcome, done.Err = m.keep(err)
		return nil
	}
	if m.progress.Load() == superseded {
		log.Info("an answer was superseded by a newer message")
		done.Outcome = MessageSuperseded
		return m.unheard()
	}
	if m.origin == byReset && !m.unpromised.Load() && !m.greeted(err) {
		log.Warn("the agent did not greet the user after a reset; the fixed text does", "err", err)
		done.Outcome = MessageReplied
		m.say(b.cfg.Texts.Reset)
		return nil
	}
	if err != nil {
		log.Error("a message could not be answered", "err", err)
		b.noteRefusal(m, err)
		m.forgetBeat()
		done.Outcome, done.Err = MessageFailed, err
		b.apologise(m, err)
	} else if m.declined {
		done.Outcome = MessageReplied
	}
	return nil
}

// standardReply is what the bot itself says to a message that its handler does not get.
func (b *Bot) standardReply(ctx context.Context, m *Message) (string, bool) {
	e := &m.event
	switch {
	case m.Heartbeat():
		return "", false
	case !b.guests.allow(e.User):
		return b.cfg.Texts.NotAllowed, true
	case b.isReset(e):
		text, err := b.reset(ctx, m.line, e.User)
		if err != nil {
			m.log.Error("a conversation could not be reset", "err", err)
			return text, true
		}
		return text, !b.greets(m)
	case !readable(e):
		return b.cfg.Texts.Unreadable, true
	}
	return "", false
}

// handleMessage runs the bot's handler. If it neither failed nor sent anything although something went wrong, that
// is a failure, too.
func (b *Bot) handleMessage(ctx context.Context, m *Message) (err error) {
	defer func() {
		if v := recover(); v != nil {
			m.log.Error("panic in the message's handler", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("%w: panic: %v", ErrHandler, v)
		}
	}()
	m.talk = conversation.New() // of this message alone
	if b.cfg.Mode == Chat {
		if m.talk, err = m.line.users.open(ctx, b.book, m.event.User); err != nil {
			return fmt.Errorf("%w: %w", ErrHandler, err)
		}
		m.takeBack(ctx)
		m.before = len(m.talk.Snapshot().Messages)
	}
	if wanted, err := b.prepare(ctx, m); err != nil || !wanted {
		m.declined = err == nil
		return err
	}
	if m.call != nil {
		if taken, err := m.call.read(ctx, m); taken || err != nil {
			return err
		}
	}
	if err := (*b.onMessage.Load())(ctx, m); err != nil {
		return fmt.Errorf("%w: %w", ErrHandler, err)
	}
	if fault := m.output.fault.Load(); fault != nil && (m.output.sent.Load() == 0 || m.output.cut.Load() || m.apologised.Load()) {
		return *fault
	}
	return nil
}

// showTyping marks the message as read and shows that an answer is being written, until ctx ends. The first is
// done in any case.
func (b *Bot) showTyping(ctx context.Context, m *Message) {
	if m.Heartbeat() {
		close(m.read) // there is no message that could be read
		return
	}
	ticker := time.NewTicker(typingPeriod)
	defer ticker.Stop()
	err := b.markRead(withSubject(b.ctx, m), m)
	close(m.read)
	for err == nil && m.call == nil {
		select {
		case <-ticker.C:
			if m.progress.Load() == unsent { // an indicator behind the answer would stay
				err = b.markRead(ctx, m)
			}
		case <-ctx.Done():
			return
		}
	}
	if err == nil {
		return
	}
	// The answer matters more, and its own error is reported.
	m.log.Debug("a message could not be marked as read", "err", err)
}

func (b *Bot) markRead(ctx context.Context, m *Message) error {
	ctx, cancel := context.WithTimeout(ctx, readLimit)
	defer cancel()
	return m.line.graph.MarkRead(ctx, m.event.ID, m.call == nil)
}

// say sends the bot's own words, when the time for the answer may have run out.
func (m *Message) say(text string) {
	ctx, cancel := withTurnClock(withSubject(m.bot.ctx, m), apologyLimit, &tooSlow{context.DeadlineExceeded, "not sent", apologyLimit})
	defer cancel()
	if err := m.utter(ctx, text); err != nil {
		m.log.Warn("the bot's own words could not be sent", "err", err)
	}
}

// utter sends the bot's own words, which are not given up for a newer message from now on.
func (m *Message) utter(ctx context.Context, text string) error {
	if !m.progress.CompareAndSwap(unsent, sending) && m.progress.Load() != sending {
		return errSuperseded
	}
	w := asWritten(text)
	_, err := m.bot.sendAll(ctx, delivery{line: m.line, to: m.event.User, messages: w.messages(), text: w.written, of: m})
	m.noteKept(err)
	return err
}
