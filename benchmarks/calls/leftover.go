package calls

import (
	"context"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// warmUp is how many calls come before the first measurement: what is made once, such as idle connections, is there then.
const warmUp = 20

// leftovers measures what calls that came and went leave in the bot's process.
func (r *rig) leftovers(ctx context.Context, calls int) (report.CallLeftovers, error) {
	l := report.CallLeftovers{Calls: calls}
	for range warmUp {
		if _, err := r.ringOnce(ctx, 0); err != nil {
			return l, err
		}
	}
	before, err := r.settled(ctx)
	if err != nil {
		return l, err
	}
	for range calls {
		if _, err := r.ringOnce(ctx, 0); err != nil {
			return l, err
		}
	}
	after, err := r.settled(ctx)
	l.Before, l.After = before.processUse(), after.processUse()
	return l, err
}

func (u usage) processUse() report.ProcessUse {
	return report.ProcessUse{Goroutines: u.Goroutines, Files: u.Files, Ports: u.Ports, Heap: u.Heap, Resident: u.Resident}
}

// settled asks what the bot uses once all calls are over and what ends by itself has ended: goroutines are no fewer
// a while later.
func (r *rig) settled(ctx context.Context) (u usage, err error) {
	if err := r.reset(ctx); err != nil {
		return u, err
	}
	for deadline := time.Now().Add(patience); ; {
		last := u
		if u, err = r.usage(ctx, true); err != nil {
			return u, err
		}
		if u.Calls == 0 && u.Goroutines == last.Goroutines && u.Files == last.Files || time.Now().After(deadline) {
			return u, nil
		}
		if !wait(ctx, 300*time.Millisecond) {
			return u, ctx.Err()
		}
	}
}
