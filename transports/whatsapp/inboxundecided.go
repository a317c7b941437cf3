package whatsapp

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
)

// undecidedPause is how long to wait before the store is asked again who answers a message.
const undecidedPause = time.Second

// undecided are messages that the journal has, and of which it is not known whether this bot or another one answers
// them, with those of the same users behind them. The bot's mutex guards it. Its zero value is empty.
type undecided struct {
	waiting []*offer
	users   map[string]int // how many of each user wait
	why     error          // of the last failure; nil after a success
	running bool           // Bot.decide does
}

// hold keeps a message back, if it is undecided or behind one that is, and reports whether it does. It needs the lock.
func (b *Bot) hold(o *offer) bool {
	u := &b.held
	if o.fate == ours && u.users[o.user] == 0 {
		return false
	}
	if u.users == nil {
		u.users = make(map[string]int)
	}
	u.waiting = append(u.waiting, o)
	u.users[o.user]++
	if !u.running {
		u.running = true
		b.wg.Go(b.decide) // ends when nothing is undecided, or with the bot
	}
	return true
}

// decide finds out who answers what is undecided, and goes on with it, however long the store does not say. What is left when
// the bot ends remains in the journal.
func (b *Bot) decide() {
	j := b.journal.Load()
	for {
		b.mu.Lock()
		u := &b.held
		if len(u.waiting) == 0 || b.closed || j.Lost() { // if it is lost, whoever has it now goes on
			*u = undecided{}
			b.mu.Unlock()
			return
		}
		round := append([]*offer(nil), u.waiting...)
		b.mu.Unlock()
		err := b.claimAll(b.ctx, j, round)
		b.mu.Lock()
		if b.closed {
			b.mu.Unlock()
			continue
		}
		if err != nil && u.why == nil {
			b.log.Error("it is not known whether another bot answers some messages, for the store does not say; they wait",
				"messages", len(round), "err", err)
		}
		u.why = err
		mine, others := u.decided()
		var taken []*offer
		for _, o := range mine {
			switch is := b.deliver(o); {
			case !is:
				j.Settle(journal.Message, o.id)
			case !o.again && !o.unsure:
				taken = append(taken, o)
			}
		}
		b.mu.Unlock()
		for _, o := range taken {
			b.stats.messages.Add(1)
			b.took(o.event, true)
		}
		for _, o := range others {
			b.leave(j, o)
		}
		if err == nil {
			continue
		}
		select {
		case <-time.After(undecidedPause):
		case <-b.closing:
		}
	}
}

// decided takes out what is known, but for what stands behind something of the same user that is not. It needs the lock.
func (u *undecided) decided() (mine, others []*offer) {
	var rest []*offer
	blocked := make(map[string]bool)
	for _, o := range u.waiting {
		if o.fate == unknown || blocked[o.user] {
			blocked[o.user] = true
			rest = append(rest, o)
			continue
		}
		if u.users[o.user]--; u.users[o.user] == 0 {
			delete(u.users, o.user)
		}
		if o.fate == theirs {
			others = append(others, o)
		} else {
			mine = append(mine, o)
		}
	}
	u.waiting = rest
	return mine, others
}

// undecidedIssue says that messages wait for the store; "" if none does for a failure.
func (b *Bot) undecidedIssue() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held.why == nil {
		return ""
	}
	return fmt.Sprintf("%d messages wait until the store says whether another bot answers them: %v", len(b.held.waiting), b.held.why)
}
