package whatsapp

import (
	"time"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// inbox holds the messages of one user that wait. It exists, with a goroutine that empties it, as long as there
// are any. The bot's mutex guards it.
type inbox struct {
	line    *line // that the user writes to
	waiting []arrival
	more    chan struct{} // has an element when a message came
	current *Message      // that is being answered; nil if none is
	owed    []string      // ids in the journal of messages that the next turn answers, besides its own
	beat    *arrival      // a heartbeat, for when nothing else waits; nil if there is none
	// pictures are of a turn that was superseded when its text was in the conversation already.
	pictures []frame.Image
}

// arrival is a message with the time at which it came here.
type arrival struct {
	event   *webhook.Message
	at      time.Time
	id      string   // in the journal; "" if it is not there
	again   bool     // it may have been part of a turn before, that was not answered
	unsure  bool     // an answer to it was being sent when an earlier process ended; only that is to be noted
	content *content // what it says; nil if it was not read yet
}

// inboxOf returns the inbox of a user, or nil if there are too many. It needs the lock. Something must be put into it
// before the lock is free.
func (b *Bot) inboxOf(l *line, key string) *inbox {
	box := b.inboxes[key]
	if box == nil && len(b.inboxes) < maxInboxes {
		box = b.newInbox(l, key)
	}
	return box
}

// newInbox makes the inbox of a user. It needs the lock. Something must be put into it before the lock is free.
func (b *Bot) newInbox(l *line, key string) *inbox {
	box := &inbox{line: l, more: make(chan struct{}, 1)}
	b.inboxes[key] = box
	b.wg.Go(func() { b.empty(key, box) }) // ends when no message waits any more
	return box
}

// empty answers the messages of an inbox, one turn after the other.
func (b *Bot) empty(key string, box *inbox) {
	roomyStack()
	for {
		b.settle(box)
		m := b.nextTurn(key, box)
		if m == nil {
			return
		}
		b.starts.wait()
		again := b.conclude(box, m, b.answer(m))
		b.mu.Lock()
		box.current, box.pictures = nil, m.unseen(again)
		if m.origin == byHeartbeat && len(again) > 0 {
			box.beat, again = &again[0], nil
		}
		for i := range again {
			again[i].at = time.Time{} // it has waited enough
		}
		box.waiting = append(again, box.waiting...)
		b.mu.Unlock()
	}
}

// nextTurn takes the messages that are answered next, together. It returns nil, and the inbox is gone, if none
// waits.
func (b *Bot) nextTurn(key string, box *inbox) *Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.journal.Load().Lost() {
		box.waiting, box.beat = nil, nil // whoever has the journal now answers
	}
	if len(box.waiting) == 0 {
		if box.beat == nil || b.closed {
			delete(b.inboxes, key)
			return nil
		}
		box.current, box.beat = b.newMessage(box.line, []arrival{*box.beat}), nil
		box.current.origin = byHeartbeat
		return box.current
	}
	n := 1
	if b.mergeable(box.waiting[0]) {
		for n < len(box.waiting) && b.mergeable(box.waiting[n]) {
			n++
		}
	}
	box.current = b.newMessage(box.line, box.waiting[:n:n])
	box.current.images = box.pictures
	box.waiting = box.waiting[n:]
	box.current.owed = append(box.current.owed, box.owed...)
	box.owed = nil
	return box.current
}
