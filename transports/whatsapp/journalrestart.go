package whatsapp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// openLimit bounds one try to open the journal.
	openLimit = 30 * time.Second
	// openPause is the longest pause between two.
	openPause = 10 * time.Second
	// openWait is how long a webhook waits for the journal to be open.
	openWait = 5 * time.Second
	// orphanTries is how often Meta is told of a call of before the restart that it is over, and orphanPause the time
	// between.
	orphanTries = 5
	orphanPause = 5 * time.Second
)

// start opens the journal, once, in the background if there is a store.
func (b *Bot) start() {
	b.opening.Do(func() {
		if b.cfg.Journal == nil {
			b.mu.Lock()
			if b.keepsGuests() && !b.closed {
				b.wg.Go(b.readGuests) // ends when the store has answered, which has a deadline
			}
			b.mu.Unlock()
			j, _ := journal.Open(b.ctx, nil, "", b.log) // cannot fail without a store
			b.opened(j)
			return
		}
		b.mu.Lock()
		defer b.mu.Unlock()
		if !b.closed {
			b.wg.Go(b.open) // ends when the journal is open, or the bot is closed
		}
	})
}

// started opens the journal and waits until it is open, so that no call is placed that a later process does not know of.
func (b *Bot) started(ctx context.Context) error {
	if b.isClosed() {
		return ErrShutdown
	}
	b.start()
	timer := time.NewTimer(openLimit)
	defer timer.Stop()
	err := errLate
	select {
	case <-b.ready:
		return nil
	case <-b.closing:
		return ErrShutdown
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-timer.C:
	}
	if why := b.unopened.Load(); why != nil {
		return fmt.Errorf("the journal cannot be opened: %s: %w", *why, err)
	}
	return fmt.Errorf("the journal is not open: %w", err)
}

// open opens the journal, however long its store is not there.
func (b *Bot) open() {
	ctx, cancel := context.WithCancel(b.ctx)
	defer cancel()
	b.wg.Go(func() { // ends with open
		select {
		case <-b.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	for pause := time.Second; ; pause = min(2*pause, openPause) {
		try, done := context.WithTimeout(ctx, openLimit)
		err := b.restoreWishes(try)
		var j *journal.Journal
		if err == nil {
			j, err = journal.Open(try, b.cfg.Journal, b.cfg.Node, b.log)
		}
		done()
		if err == nil {
			b.readGuests() // before anybody of before the restart is refused
			b.opened(j)
			return
		}
		if ctx.Err() != nil {
			return
		}
		b.log.Error("the journal cannot be opened: no webhooks are taken until it can", "err", err)
		problem := err.Error()
		b.unopened.Store(&problem)
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}

// opened takes up what an earlier process has left in the journal.
func (b *Bot) opened(j *journal.Journal) {
	b.journal.Store(j)
	b.unopened.Store(nil)
	items := j.Items()
	var calls []journal.Item
	var left []*offer
	toAnswer := 0
	for _, i := range items {
		if i.Class == journal.Call {
			calls = append(calls, i)
		} else if o := b.recover(j, i); o != nil {
			left = append(left, o)
			if !o.unsure {
				toAnswer++
			}
		}
	}
	if len(items) > 0 {
		b.log.Warn("the process before this one did not end all that it had begun", "messages_to_answer", toAnswer,
			"messages_perhaps_answered", b.stats.uncertain.Load(), "calls_to_end", len(calls))
	}
	for _, i := range calls {
		b.endOrphan(j, i)
	}
	b.mu.Lock()
	b.left = left
	b.mu.Unlock()
	b.resume()
	close(b.ready)
	b.placeGranted()
}

// recover looks at a message of before the restart and returns it if something is to be done for it now.
func (b *Bot) recover(j *journal.Journal, i journal.Item) *offer {
	log := b.log.With("message", shortID(i.ID))
	var s stored
	if err := json.Unmarshal(i.Data, &s); err != nil {
		log.Error("a message of before the restart cannot be read and is not answered", "err", err)
		b.stats.uncertain.Add(1)
		j.Settle(i.Class, i.ID)
		return nil
	}
	log = log.With("from", s.Event.User.String(), "age_s", int(time.Since(s.At).Seconds()))
	l := b.lineOf(s.Event.Metadata)
	var why string
	switch {
	case i.Begun:
		why = "an answer was being sent when the process ended; it may have arrived or not, and is not sent again"
	case time.Since(s.At) >= windowLength:
		why = "a message of before the restart is not answered: Meta takes no answer after 24 hours"
	case l == nil:
		why = "a message of before the restart is not answered: it came to a phone number that is none of this bot's any more"
	default:
		b.stats.recovered.Add(1)
		o := &offer{line: l, user: l.users.id(s.Event.User), arrival: arrival{event: &s.Event, id: i.ID, again: true}}
		if j.Shared() {
			o.fate = unknown // the process may have died before it claimed it
		}
		return o
	}
	log.Warn(why)
	b.stats.uncertain.Add(1)
	if i.Begun && l != nil && b.cfg.Mode == Chat {
		return &offer{line: l, user: l.users.id(s.Event.User), arrival: arrival{event: &s.Event, id: i.ID, unsure: true}}
	}
	j.Settle(i.Class, i.ID)
	return nil
}

// resume answers the messages of before the restart, once there is a handler.
func (b *Bot) resume() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.onMessage.Load() == nil || b.closed || len(b.left) == 0 {
		return
	}
	for _, o := range b.left {
		if !b.hold(o) && !b.deliver(o) {
			b.journal.Load().Settle(journal.Message, o.id)
		}
	}
	b.left = nil
}

// awaitJournal reports whether the journal is open, and waits for it a little.
func (b *Bot) awaitJournal(ctx context.Context) bool {
	select {
	case <-b.ready:
		return true
	default:
	}
	timer := time.NewTimer(openWait)
	defer timer.Stop()
	select {
	case <-b.ready:
		return true
	case <-b.closing:
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// callBegins journals a call, so that the user is not left in it if the process dies. It waits for nothing.
// Webhooks and calls of the bot wait until there is a journal, so there is one.
func (b *Bot) callBegins(m webhook.Metadata, id string) {
	b.journal.Load().Note(journal.Item{Class: journal.Call, ID: id, Data: []byte(m.PhoneNumberID)})
}

// callEnds says that nobody is in a call any more.
func (b *Bot) callEnds(id string) { b.journal.Load().Settle(journal.Call, id) }

// endOrphan tells Meta, in the background, that a call of before the restart is over: nobody speaks in it.
func (b *Bot) endOrphan(j *journal.Journal, i journal.Item) {
	b.mu.Lock()
	b.events.add("terminate "+i.ID, time.Now()) // its webhook may still come again
	b.mu.Unlock()
	log := b.log.With("call", shortID(i.ID))
	l := b.lineOf(webhook.Metadata{PhoneNumberID: string(i.Data)})
	if l == nil {
		log.Warn("a call of before the restart cannot be ended: it came to a phone number that is none of this bot's any more")
		j.Settle(i.Class, i.ID)
		return
	}
	b.stats.orphans.Add(1)
	b.wg.Go(func() { // ends when Meta was told, after some tries, or when the bot is closed
		for try := 1; ; try++ {
			err := b.endCall(l.graph, i.ID)
			if err == nil {
				j.Settle(i.Class, i.ID)
				log.Warn("a call of before the restart was ended")
				return
			}
			log.Log(b.ctx, slog.LevelWarn, "a call of before the restart cannot be ended", "try", try, "err", err)
			if try == orphanTries {
				return // it stays in the journal, for the next start
			}
			select {
			case <-time.After(orphanPause):
			case <-b.closing:
				return
			}
		}
	})
}

// endCall ends a call of which nothing but its id is known. It is over when Meta has ended it, or refuses both ways of doing so.
func (b *Bot) endCall(client *graph.Client, id string) error {
	ctx, cancel := context.WithTimeout(b.ctx, byeLimit)
	defer cancel()
	err := b.noteGraph(client.Terminate(ctx, id))
	if err == nil {
		return nil
	}
	again := client.Reject(ctx, id)
	if again == nil || refused(err) && refused(again) {
		return nil
	}
	return errors.Join(err, again)
}

// journalIssue says what is wrong with the journal; "" if nothing is.
func (b *Bot) journalIssue() string {
	if problem := b.unopened.Load(); problem != nil {
		return "the journal cannot be opened, and no webhooks are taken: " + *problem
	}
	if j := b.journal.Load(); j != nil {
		if err := j.Err(); err != nil {
			return fmt.Sprintf("the journal cannot be written, and no messages are taken: %v", err)
		}
	}
	return ""
}
