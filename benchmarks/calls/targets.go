package calls

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// What calls must do.
const (
	targetWebhook = 20 * time.Millisecond  // p99 of calls one by one: Meta wants a median of 250 ms
	targetPacket  = 200 * time.Millisecond // p99, from the ring to the bot's first packet
	targetMedia   = 50                     // calls on one core whose bot only speaks and listens
	targetCalls   = 50                     // calls on one core with the whole pipeline
)

// What may be left of calls. Goroutines and files: idle HTTP connections, of which the bot and its Graph API each keep
// a few, each with a file and two goroutines. Ports: none. Heap: the bot remembers for hours which webhooks it has seen,
// and for the process's life who called, which is a few hundred bytes each, while a running call takes some hundred
// thousand; and the buffers of an idle connection come and go.
const (
	spareGoroutines = 8
	spareFiles      = 4
	spareHeap       = 256 << 10
	spareHeapByCall = 2 << 10
)

// Targets holds what was measured against what calls must do. Targets that need a figure which was not measured are left out.
func Targets(c report.Calls) (all []report.Target) {
	target := func(what, want, got string, met bool) {
		all = append(all, report.Target{What: what, Want: want, Got: got, Met: met})
	}
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f ms", report.Milliseconds(d)) }
	for _, s := range c.Setups {
		if s.Together == 1 {
			target("webhook to its answer, p99", "<= "+ms(targetWebhook), ms(s.Webhook.P99), s.Webhook.P99 <= targetWebhook)
			target("webhook to the bot's first packet, p99", "<= "+ms(targetPacket), ms(s.FirstPacket.P99), s.FirstPacket.P99 <= targetPacket)
		}
	}
	if l := c.Left; l.Calls > 0 {
		what := fmt.Sprintf("%d calls leave behind: ", l.Calls)
		less := func(name string, before, after, spare int) {
			target(what+name, fmt.Sprintf("<= %d", spare), fmt.Sprint(after-before), after-before <= spare)
		}
		less("goroutines", l.Before.Goroutines, l.After.Goroutines, spareGoroutines)
		less("files", l.Before.Files, l.After.Files, spareFiles)
		less("UDP ports", l.Before.Ports, l.After.Ports, 0)
		less("bytes of heap", int(l.Before.Heap), int(l.After.Heap), spareHeap+spareHeapByCall*l.Calls)
	}
	for _, k := range c.Capacity {
		want := map[string]int{string(Media): targetMedia, string(Modelled): targetCalls}[k.Kind]
		if want > 0 {
			target(k.Kind+": calls on one core", fmt.Sprintf(">= %d", want), fmt.Sprint(k.Most), k.Most >= want)
		}
	}
	if n := c.Network; n.Calls > 0 {
		what := fmt.Sprintf("%d calls, %.0f %% loss, %v jitter, %v: ", n.Calls, n.Loss*100, n.Jitter, n.For.Round(time.Second))
		target(what+"answered", fmt.Sprint(n.Calls), fmt.Sprint(n.Answered), n.Answered == n.Calls)
		target(what+"lost", "0", fmt.Sprint(n.Over), n.Over == 0)
		target(what+"turns answered", "> 0", fmt.Sprint(n.Turns), n.Turns > 0)
	}
	return all
}
