package whatsapp

import (
	"context"
	"errors"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// leaving reports whether the bot places no more calls because it ends.
func (b *Bot) leaving() bool { return b.draining.Load() || b.isClosed() }

// postpone keeps a call that the user permitted while the bot ends, for the next start.
func (b *Bot) postpone(w wish) {
	if !b.persists() {
		b.log.Warn("the call that the user permitted is not placed: the bot ends, and its journal with it", "to", w.user.String())
		return
	}
	r := b.wishRecord(w)
	r.Granted = true
	if err := b.wishStore.put(context.WithoutCancel(b.ctx), r); err != nil {
		b.log.Error("the call that the user permitted is not placed: the bot ends, and it cannot be stored", "to", w.user.String(), "err", err)
		return
	}
	b.log.Info("the call that the user permitted is placed after the next start", "to", w.user.String())
}

// grant notes that a user permits a call that is not known here, but may be in the store.
func (b *Bot) grant(l *line, e *webhook.Permission) {
	number, names := l.graph.PhoneNumberID(), e.User.Keys()
	err := b.wishStore.change(context.WithoutCancel(b.ctx), func(all []wishRecord) ([]wishRecord, error) {
		for i, r := range all {
			if r.Node != b.cfg.Node && r.is(number, names, e.ReplyTo) { // what is this bot's own and not known any more was claimed before
				all[i].Granted = true
				return all, nil
			}
		}
		return nil, errNoWish
	})
	if err != nil && !errors.Is(err, errNoWish) {
		b.log.Error("a permission that came while the bot ends cannot be stored", "from", e.User.String(), "err", err)
	}
}

// placeGranted places the calls that users permitted while the process before this one ended, once there is a handler and the
// journal is open.
func (b *Bot) placeGranted() {
	select {
	case <-b.ready:
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.onCall.Load() == nil || b.closed {
		return
	}
	for _, r := range b.granted {
		b.wg.Go(func() { b.placeOne(r) }) // ends when Meta has taken the call, which has deadlines
	}
	b.granted = nil
}

func (b *Bot) placeOne(r wishRecord) {
	l := b.lineByID(r.Number)
	r, err := b.wishStore.take(b.ctx, func(other wishRecord) bool { return other.Granted && other.is(r.Number, []string{r.Name}, "") })
	switch {
	case err == nil:
		b.fulfil(b.wishOf(l, r))
	case !errors.Is(err, errNoWish): // else another bot has placed it
		b.log.Error("a call that a user permitted is not placed: the store does not work", "err", err)
	}
}
