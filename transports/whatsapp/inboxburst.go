package whatsapp

import "time"

// mergeable reports whether a message may be answered together with those beside it.
func (b *Bot) mergeable(a arrival) bool {
	e, together := a.event, b.cfg.Mode == Chat && (b.cfg.Debounce > 0 || b.cfg.Supersede)
	return together && !a.unsure && b.guests.allow(e.User) && readable(e) && !b.isReset(e)
}

// settle waits until the user seems to have finished writing: people often send one thought in several messages.
func (b *Bot) settle(box *inbox) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait := b.unsettled(box)
		if wait <= 0 {
			return
		}
		timer.Reset(wait)
		select {
		case <-timer.C:
		case <-box.more:
		case <-b.closing:
			return
		}
	}
}

// unsettled returns how long to wait for more messages.
func (b *Bot) unsettled(box *inbox) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(box.waiting) == 0 {
		return 0
	}
	for _, a := range box.waiting {
		if !b.mergeable(a) {
			return 0 // it ends the turn
		}
	}
	first, last := box.waiting[0].at, box.waiting[len(box.waiting)-1].at
	return time.Until(settledAt(first, last, b.cfg.Debounce, b.cfg.DebounceLimit))
}

// settledAt is when a burst of messages is answered: the pause after the last, but not later than the limit after
// the first.
func settledAt(first, last time.Time, pause, limit time.Duration) time.Time {
	if end := first.Add(limit); last.Add(pause).After(end) {
		return end
	}
	return last.Add(pause)
}
