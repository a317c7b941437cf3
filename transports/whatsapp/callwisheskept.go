package whatsapp

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// keepWish stores a wish, so that the next process knows of it.
func (b *Bot) keepWish(ctx context.Context, key string) {
	if b.cfg.Journal == nil {
		return
	}
	w, ok := b.wishes.get(key)
	if !ok {
		return
	}
	if err := b.wishStore.put(ctx, b.wishRecord(w)); err != nil {
		b.log.Error("the call that waits for a permission cannot be stored: a restart loses it", "to", w.user.String(), "err", err)
		return
	}
	if w.stored = true; !b.wishes.update(key, func(known *wish) { known.stored = true }) {
		b.forgetWish(w) // the permission came meanwhile
	}
}

// keepQuestion notes the question that a wish waits for the answer to.
func (b *Bot) keepQuestion(ctx context.Context, key, request string) {
	b.wishes.update(key, func(w *wish) { w.request = request })
	w, ok := b.wishes.get(key)
	if !ok || !w.stored {
		return // it was answered at once, or is in memory alone
	}
	if err := b.wishStore.asked(ctx, b.wishRecord(w)); err != nil && !errors.Is(err, errNoWish) {
		b.log.Warn("the question for a permission cannot be stored", "to", w.user.String(), "err", err)
	}
}

// forgetWish removes a wish that is over from the store.
func (b *Bot) forgetWish(w wish) {
	if !w.stored {
		return
	}
	r := b.wishRecord(w)
	_, err := b.wishStore.take(b.ctx, func(old wishRecord) bool { return old.is(r.Number, []string{r.Name}, "") })
	if err != nil && !errors.Is(err, errNoWish) {
		b.log.Warn("a call that no longer waits for a permission cannot be taken out of the store", "to", w.user.String(), "err", err)
	}
}

// claimWish takes the wish that a permission is about out of the store, so that it is fulfilled once, whichever bot on the store
// and process after a restart hears of it.
func (b *Bot) claimWish(l *line, e *webhook.Permission, w wish, known bool) (wish, bool) {
	if known && !w.stored {
		return w, true
	}
	number, names := l.graph.PhoneNumberID(), e.User.Keys()
	if known {
		names = append(names, b.wishRecord(w).Name)
	}
	r, err := b.wishStore.take(b.ctx, func(r wishRecord) bool {
		// What is this bot's own and not known any more was claimed before.
		return (known || r.Node != b.cfg.Node) && r.is(number, names, e.ReplyTo)
	})
	switch {
	case err == nil && known:
		return w, true
	case err == nil:
		b.log.Info("another bot has asked for this permission", "node", r.Node)
		return b.wishOf(l, r), true
	case errors.Is(err, errNoWish):
		return w, false
	}
	b.log.Error("the calls that wait for a permission cannot be read or stored", "err", err)
	return w, known
}

func (b *Bot) wishOf(l *line, r wishRecord) wish {
	return wish{
		line: l, user: r.user(), options: callOptions{opaque: r.Opaque, number: r.Number}, expires: r.Expires,
		request: r.Request, stored: true,
	}
}

// restoreWishes reads what the process before this one was waiting for.
func (b *Bot) restoreWishes(ctx context.Context) error {
	now := time.Now()
	all, _, err := b.wishStore.load(ctx, now)
	if errors.Is(err, errDamagedWishes) {
		b.log.Error("calls of before the restart are not placed when they are permitted", "err", err)
		return nil
	}
	if err != nil {
		return err
	}
	var restored int
	var granted []wishRecord
	for _, r := range all {
		l := b.lineByID(r.Number)
		if l == nil || len(r.user().Keys()) == 0 {
			continue
		}
		if r.Granted {
			granted = append(granted, r)
			continue
		}
		if r.Node != b.cfg.Node {
			continue
		}
		l.users.join(r.Name, r.user())
		if added, _ := b.wishes.add(wishKey(l, r.user()), b.wishOf(l, r), now); added {
			restored++
		}
	}
	b.mu.Lock()
	b.granted = granted
	b.mu.Unlock()
	if restored > 0 {
		b.log.Info("calls of before the restart still wait for the permission of the user", "calls", restored)
	}
	return nil
}
