package text

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// What a bot must do on one core.
const (
	targetRate    = 1000                 // messages a second
	targetWebhook = 5 * time.Millisecond // p99 at that rate
	targetKept    = 0.98                 // of that rate, at which answers must come
	targetHeap    = 2 << 10              // bytes of an idle user
)

// Targets holds what was measured against what a bot must do. Targets that need a figure which was not measured are left out.
func Targets(t report.Text) (all []report.Target) {
	target := func(what, want, got string, met bool) {
		all = append(all, report.Target{What: what, Want: want, Got: got, Met: met})
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.2f ms", report.Milliseconds(d)) }
	for _, l := range t.Loads {
		if l.Wanted != targetRate {
			continue
		}
		what := fmt.Sprintf("%d messages/s on one core, store in %s: ", l.Wanted, map[string]string{"file": "a file"}[l.Store]+map[string]string{"memory": "memory"}[l.Store])
		target(what+"webhook to its answer, p99", "<= "+ms(targetWebhook), ms(l.Webhook.P99), l.Webhook.P99 <= targetWebhook && l.Failed == 0)
		target(what+"answers a second", fmt.Sprintf(">= %.0f", targetKept*targetRate), fmt.Sprintf("%.0f", l.Rate), l.Rate >= targetKept*targetRate)
	}
	heap := func(what string, users int, bytes int64) {
		if users > 0 {
			each := bytes / int64(users)
			target(fmt.Sprintf(what, users), fmt.Sprintf("<= %d bytes", targetHeap), fmt.Sprintf("%d bytes", each), each <= targetHeap)
		}
	}
	heap("memory of an idle user, of %d whose conversations are stored", t.Idle.Users, t.Idle.Heap)
	heap("memory of an idle user, of %d who wrote lately", t.Idle.Wrote, t.Idle.WroteHeap)
	return all
}
