package whatsapp

import (
	"cmp"
	"crypto/rand"
	"errors"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// maxWaiting is how many messages of one user may wait for an answer: as many as Meta puts into one webhook.
	maxWaiting = 1024
	// maxInboxes is how many users are answered at the same time.
	maxInboxes = 4096
)

// Reasons for which messages are not taken now. Meta repeats the webhook.
var (
	errBusy    = errors.New("whatsapp: too many messages wait for an answer")
	errClosing = errors.New("whatsapp: the bot is closed")
)

// offer is a message of a webhook that wants an answer.
type offer struct {
	line *line
	user string // among the users of the line
	fate fate   // who answers it
	arrival
}

// consider returns the offer that a message is; nil if there is nothing to be answered.
func (b *Bot) consider(l *line, e *webhook.Message) *offer {
	if !b.answerable(e) || b.onMessage.Load() == nil {
		b.stats.others.Add(1)
		return nil
	}
	o := &offer{line: l, user: l.users.id(e.User), arrival: arrival{event: e, at: time.Now(), id: e.ID}}
	if o.id == "" {
		o.id = "unnamed " + rand.Text()
	}
	return o
}

// accept takes the messages of a webhook, once the journal has them, and returns how many are new and will be answered.
// With an error, some or all of them were not taken; none is lost if the webhook comes again.
func (b *Bot) accept(offers []*offer) (taken int, err error) {
	if len(offers) == 0 {
		return 0, nil
	}
	j := b.journal.Load()
	offers, busy := b.admit(j, offers)
	items := make([]journal.Item, len(offers))
	for n, o := range offers {
		if items[n], err = o.item(); err != nil {
			return 0, err
		}
	}
	isNew, failed := j.Accept(items)
	if errors.Is(failed, journal.ErrClosed) {
		failed = errClosing
	}
	b.claimNew(j, offers, isNew)
	for n, is := range isNew {
		if !is {
			continue
		}
		o := offers[n]
		if o.fate == theirs {
			b.leave(j, o)
			continue
		}
		switch is, err := b.receive(o); {
		case err != nil:
			busy = err
		case is:
			taken++
		default:
			j.Settle(journal.Message, o.id)
		}
	}
	return taken, cmp.Or(failed, busy)
}

// receive takes a message that the journal has, and reports whether it will be answered.
func (b *Bot) receive(o *offer) (bool, error) {
	b.mu.Lock()
	closed := b.closed
	held := !closed && b.hold(o)
	taken := !closed && !held && b.deliver(o)
	b.mu.Unlock()
	switch {
	case held:
		return true, nil
	case closed && !b.persists():
		return false, errClosing
	case closed || taken: // if the bot is closed, the next start answers it
		b.stats.messages.Add(1)
		return b.took(o.event, true), nil
	}
	return false, nil
}

// admit returns the offers for which there is room, without those of users who are not allowed and were told lately. It
// returns errBusy if there was no room for others.
func (b *Bot) admit(j *journal.Journal, offers []*offer) (room []*offer, err error) {
	more := make(map[string]int)
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	strangers := 0
	for _, o := range offers {
		box := b.inboxes[o.user]
		waiting := more[o.user] + b.held.users[o.user]
		if box != nil {
			waiting += len(box.waiting)
		}
		switch {
		case !b.guests.allow(o.event.User) && b.warned.has(o.user, now):
			continue
		case j.Known(journal.Message, o.id): // it comes again, and needs no room
		case waiting >= maxWaiting:
			b.refuse("too many of this user wait", "from", o.event.User.String())
			err = errBusy
			continue
		case box == nil && more[o.user] == 0 && len(b.inboxes)+strangers >= maxInboxes:
			b.refuse("too many users are being answered", "users", len(b.inboxes))
			err = errBusy
			continue
		default:
			if box == nil && more[o.user] == 0 {
				strangers++
			}
			more[o.user]++
		}
		room = append(room, o)
	}
	return room, err
}

// refuse reports, now and then, that messages are not taken. It needs the lock.
func (b *Bot) refuse(why string, args ...any) {
	b.stats.busy.Add(1)
	if b.warned.add("refused: "+why, time.Now()) {
		b.log.Warn("a message is not taken, so that Meta sends it again later: "+why, args...)
	}
}

// deliver puts a message into its user's inbox. It reports false if it is not to be answered after all. It needs the
// lock.
func (b *Bot) deliver(o *offer) bool {
	e := o.event
	allowed := b.guests.allow(e.User)
	if !allowed && !o.unsure && !b.warned.add(o.user, time.Now()) {
		return false // was told lately
	}
	box := b.inboxes[o.user]
	if box == nil {
		box = b.newInbox(o.line, o.user)
	}
	box.waiting = append(box.waiting, o.arrival)
	select {
	case box.more <- struct{}{}:
	default: // it is known already
	}
	if allowed && !o.unsure {
		b.activity.note(o.user, time.Now())
		b.pulse.hear(o.line.contact(e.User), true, e.Time)
		if b.cfg.Supersede && b.cfg.Mode == Chat && box.current != nil && !silent(e) {
			box.current.supersede()
		}
	}
	return true
}
