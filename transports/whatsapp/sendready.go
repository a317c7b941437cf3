package whatsapp

import (
	"context"
	"fmt"
	"time"
)

// permit says whether a message may be sent.
type permit struct {
	pair, number time.Duration   // how long it has to wait for the limits of the user and of the number
	other        <-chan struct{} // the message to wait for; nil if there is none
	free         bool            // it may be sent now; else, if there is nothing to wait for, its pace is left
}

// ready waits until Meta's limits allow the next message; meanwhile the turn's clock stands still. If that were later than
// ctx lasts, it fails with ErrTooMuch at once.
func (p *post) ready(ctx context.Context, s stake) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	defer holdTurnClock(ctx)()
	told, paced := false, p.o.rate == nil
	for {
		now := time.Now()
		next := p.next(now, paced)
		if next.free {
			return nil
		}
		if next.other != nil {
			if err := await(ctx, next.other, quitOf(s)); err != nil {
				return err
			}
			paced = p.o.rate == nil // those who waited are paced again, not to be sent all at once
			continue
		}
		d := max(next.pair, next.number)
		if d <= 0 {
			if err := p.pace(ctx, s); err != nil {
				return err
			}
			paced = true
			continue
		}
		if end, ok := ctx.Deadline(); ok && now.Add(d).After(end) {
			return fmt.Errorf("%w: the next message may only be sent in %v", ErrTooMuch, d.Round(time.Second))
		}
		if !told && next.pair >= tellWait { // that of the number is told once for all
			p.o.log.Warn("an answer waits for Meta's limit of messages to one user", "seconds", int(d.Seconds()))
			told = true
		}
		if err := sleep(ctx, d, quitOf(s)); err != nil {
			return err
		}
		paced = p.o.rate == nil
	}
}

func (p *post) next(now time.Time, paced bool) permit {
	o := p.o
	o.mu.Lock()
	defer o.mu.Unlock()
	n := permit{pair: p.way.limit.wait(now), number: o.number.wait(now)}
	switch {
	case n.pair > 0 || n.number > 0:
	case !o.number.limited():
		n.free = paced
	case o.number.probe != nil:
		n.other = o.number.probe
	default: // behind a pause one message shows whether Meta takes any again; it is alone, so it needs no pace
		p.probe = make(chan struct{})
		o.number.probe, n.free = p.probe, true
	}
	return n
}

// pace waits for a place among the messages that the number sends.
func (p *post) pace(ctx context.Context, s stake) error {
	place := p.o.rate.Reserve()
	d := place.Delay()
	if end, ok := ctx.Deadline(); ok && time.Now().Add(d).After(end) {
		place.Cancel()
		return fmt.Errorf("%w: the number sends as many messages as it may", ErrTooMuch)
	}
	err := sleep(ctx, d, quitOf(s))
	if err != nil {
		place.Cancel()
	}
	return err
}

// probed lets the next one try, if the message was tried out.
func (p *post) probed() {
	if p.probe == nil {
		return
	}
	p.o.mu.Lock()
	defer p.o.mu.Unlock()
	close(p.probe)
	p.probe, p.o.number.probe = nil, nil
}

// await waits until another message was tried, which takes no longer than a request, unless ctx ends before, or the bot, for
// errKept.
func await(ctx context.Context, other, quit <-chan struct{}) error {
	select {
	case <-other:
		return nil
	case <-quit:
		return errKept
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// sleep waits, unless ctx ends before, or quit is closed and the wait is a long one, for errKept.
func sleep(ctx context.Context, d time.Duration, quit <-chan struct{}) error {
	if d <= 0 {
		return nil
	}
	if d <= lastWait {
		quit = nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-quit:
		return errKept
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
