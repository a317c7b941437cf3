package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// permitted asks Meta whether a user may be called.
func (b *Bot) permitted(ctx context.Context, l *line, user webhook.User) (bool, error) {
	p, err := l.graph.CallPermission(ctx, addressOf(user))
	if b.noteGraph(err) != nil {
		return false, err
	}
	return p.Status != graph.NoPermission && p.CanCall, nil
}

// ask asks a user for the permission to call, unless that was done or may not be done, and keeps the call until the user
// answers. It returns ErrPermissionPending if the user was asked.
func (b *Bot) ask(ctx context.Context, l *line, to webhook.User, o callOptions) error {
	now, key := time.Now(), wishKey(l, to)
	// First, so that of two calls to a user at once only one asks.
	added, full := b.wishes.add(key, wish{line: l, user: to, options: o, expires: now.Add(b.cfg.PermissionWait)}, now)
	if full {
		return fmt.Errorf("%w: %w: too many calls wait for a permission", ErrNotPlaced, graph.ErrNoCallPermission)
	}
	if !added {
		return ErrPermissionPending
	}
	b.keepWish(ctx, key) // before the question: the user may answer at once, or the process die
	err := b.requestPermission(ctx, l, to)
	if err != nil && !graph.OutcomeUnknown(err) {
		if w, ok := b.wishes.take(key, now); ok {
			b.forgetWish(w)
		}
		return fmt.Errorf("%w: %w; the user was not asked for it: %w", ErrNotPlaced, graph.ErrNoCallPermission, err)
	}
	if err != nil {
		b.log.Warn("it is not certain that the user was asked for permission to call", "to", to.String(), "err", err)
	}
	b.log.Info("the user was asked for permission to call; the call is placed when it is given", "to", to.String(),
		"waits", b.cfg.PermissionWait.String())
	return ErrPermissionPending
}

// requestPermission asks if Meta's limits allow it: a request that it refuses can count against the number.
func (b *Bot) requestPermission(ctx context.Context, l *line, to webhook.User) error {
	p, err := l.graph.CallPermission(ctx, addressOf(to))
	switch {
	case b.noteGraph(err) != nil:
		return err
	case !p.CanAsk:
		return p.AskLimit()
	}
	id, err := l.graph.RequestCallPermission(ctx, addressOf(to), b.cfg.Texts.CallPermission)
	if b.noteGraph(err) == nil {
		b.keepQuestion(ctx, wishKey(l, to), id)
	}
	return err
}

// OnPermission sets a function that is told of every answer of a user to the question whether the business may call, and
// of permissions that Meta itself gives or takes back. It must be quick. Calls that wait for the permission are
// placed without it.
func (b *Bot) OnPermission(f func(webhook.Permission)) { b.onPermission.Store(&f) }

// answered takes a user's answer and reports whether it made a difference.
func (b *Bot) answered(l *line, e *webhook.Permission) bool {
	now := time.Now()
	b.mu.Lock()
	isNew := !b.closed && (e.ID == "" || b.events.add("permission "+e.ID, now))
	b.mu.Unlock()
	if !isNew {
		return false
	}
	b.log.Info("a user answered whether the business may call", "from", e.User.String(), "accepted", e.Accepted,
		"permanent", e.Permanent, "automatic", e.Automatic)
	f := b.onPermission.Load()
	if f != nil {
		(*f)(*e)
	}
	key := wishKey(l, e.User)
	if !b.wishes.has(key, now) { // the user may have been asked by number, and answer by id
		if k, ok := b.wishes.keyOf(e.ReplyTo); ok {
			key = k
		}
	}
	w, ok := b.wishes.take(key, now)
	if !ok && b.cfg.Journal == nil {
		return f != nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.wg.Go(func() { b.settleWish(l, e, w, ok) }) // ends when Meta has taken the call, which has deadlines
	}
	return ok || f != nil
}

// settleWish places the call that waited for a permission, or drops it. It was w, if known; else another bot on the same
// store may have asked.
func (b *Bot) settleWish(l *line, e *webhook.Permission, w wish, known bool) {
	if e.Accepted && b.leaving() {
		if known {
			b.postpone(w)
		} else {
			b.grant(l, e)
		}
		return
	}
	if w, known = b.claimWish(l, e, w, known); !known {
		return
	}
	if !e.Accepted {
		b.log.Info("the call that waited for it is dropped", "to", w.user.String())
		return
	}
	b.fulfil(w)
}

// fulfil places a call that waited for a permission, once: if it is refused again, it is over.
func (b *Bot) fulfil(w wish) {
	_, err := b.dial(b.ctx, w.line, w.user, w.options)
	switch {
	case err == nil:
	case errors.Is(err, ErrShutdown) && !errors.Is(err, ErrNotPlaced): // Meta may have it
	case errors.Is(err, ErrShutdown):
		b.postpone(w)
	default:
		b.log.Warn("the call that the user permitted was not placed", "to", w.user.String(), "err", err)
	}
}
