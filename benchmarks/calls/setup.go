package calls

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Setup measures how calls begin, as Meta's side sees it: so many calls, of which so many ring at the same moment.
func (r *rig) setup(ctx context.Context, calls, together int) (report.CallSetup, error) {
	s := report.CallSetup{Calls: calls, Together: together}
	var webhook, pre, accept, packet []time.Duration
	for done := 0; done < calls; done += together {
		all, err := r.ringTogether(ctx, min(together, calls-done))
		for _, at := range all {
			webhook = append(webhook, at.WebhookAnswered.Sub(at.Ring))
			pre = append(pre, at.PreAccept.Sub(at.Ring))
			accept = append(accept, at.Accept.Sub(at.Ring))
			packet = append(packet, at.FirstPacket.Sub(at.Ring))
		}
		if err != nil {
			return s, err
		}
	}
	s.Webhook, s.PreAccept, s.Accept, s.FirstPacket = report.Summarize(webhook), report.Summarize(pre), report.Summarize(accept), report.Summarize(packet)
	return s, nil
}

// ringTogether lets users call at the same moment, and hangs up when all have heard a packet.
func (r *rig) ringTogether(ctx context.Context, n int) (timings []whatsapptest.Timings, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			t, callErr := r.ringOnce(ctx, i)
			mu.Lock()
			defer mu.Unlock()
			err = errors.Join(err, callErr)
			timings = append(timings, t)
		})
	}
	wg.Wait()
	return timings, err
}

func (r *rig) ringOnce(ctx context.Context, user int) (t whatsapptest.Timings, err error) {
	call, err := r.call(ctx, user)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, r.hangUp(ctx, call)) }()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(2 * time.Millisecond)
	defer look.Stop()
	for {
		if t = call.Timings(); !t.FirstPacket.IsZero() && !t.WebhookAnswered.IsZero() {
			return t, nil
		}
		select {
		case <-look.C:
		case <-limit.C:
			return t, fmt.Errorf("calls: no packet of the bot within %v", patience)
		case <-ctx.Done():
			return t, ctx.Err()
		}
	}
}
