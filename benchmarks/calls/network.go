package calls

import (
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// The bad network, in both directions.
const (
	Loss   = 0.05
	Jitter = 30 * time.Millisecond
)

// network holds calls over a bad network for a while.
func (r *rig) network(ctx context.Context, calls int, span time.Duration) (n report.CallNetwork, err error) {
	n = report.CallNetwork{Calls: calls, For: span, Loss: Loss, Jitter: Jitter}
	if err := r.reset(ctx); err != nil {
		return n, err
	}
	var all []*whatsapptest.Call
	defer func() { err = errors.Join(err, r.hangUpAll(ctx, all)) }()
	for i := range calls {
		link := whatsapptest.Link{Loss: Loss, Jitter: Jitter, Seed: uint64(i)}
		one, err := r.ring(ctx, i, 1, whatsapptest.WithLink(link), whatsapptest.WithDownlink(link))
		if all = append(all, one...); err != nil {
			return n, err
		}
		n.Answered++
	}
	begin := time.Now()
	if !wait(ctx, span) {
		return n, ctx.Err()
	}
	n.For = time.Since(begin)
	u, err := r.usage(ctx, false)
	if err != nil {
		return n, err
	}
	n.Turns = u.Turns
	n.ToBot = gaps(u.Reception)
	for _, c := range all {
		select {
		case <-c.Ended():
			n.Over++
		default:
		}
		n.Violations += len(c.Violations())
		n.ToUsers = n.ToUsers.Add(gaps(c.Reception()))
	}
	return n, nil
}
