package text

import (
	"context"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

const (
	// mostFor is how long a rate is tried: long enough for a hundred garbage collections.
	mostFor = 2 * time.Second
	// mostTries is how often, since other programs disturb a measurement, and never help it.
	mostTries = 3
)

// most finds the highest of some rates at which webhooks are answered in time, and answers come as fast as messages.
func (r *rig) most(ctx context.Context, rates []int, users int) (report.TextMost, error) {
	m := report.TextMost{Store: r.kind()}
	for _, rate := range rates {
		good := false
		for try := 0; try < mostTries && !good; try++ {
			l, err := r.load(ctx, rate, int(mostFor.Seconds()*float64(rate)), users)
			if err != nil {
				return m, err
			}
			if good = inTime(l); good {
				m.Rate, m.Webhook, m.CPU = rate, l.Webhook, l.CPU
			}
		}
		if !good {
			m.Failed = rate
			break
		}
	}
	return m, nil
}

// inTime tells whether webhooks were answered in time, and answers came as fast as messages.
func inTime(l report.TextLoad) bool {
	return l.Webhook.P99 <= targetWebhook && l.Rate >= targetKept*float64(l.Wanted)
}
