package engine

import (
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// What the engine must do on one core.
const (
	targetHop       = time.Microsecond       // one frame in flight
	targetInterrupt = 100 * time.Microsecond // p99, until Interrupt has returned, in a pipeline of interruptDepth stages
	interruptDepth  = 10
	targetBytes     = 64 << 10 // of an idle session of seven stages
	targetSessions  = 10_000   // alive at once
	// targetFlat is how much more a frame may cost in the largest pipeline or crowd than in the smallest: the same, but
	// for what repeated runs on one machine differ by, and for colder caches.
	targetFlat = 1.5
	flatCrowd  = 1000
)

// Targets holds what was measured against what the engine must do. Targets that need a figure which was not measured
// are left out.
func Targets(r report.Engine) (all []report.Target) {
	target := func(what, want, got string, met bool) {
		all = append(all, report.Target{What: what, Want: want, Got: got, Met: met})
	}
	us := func(d time.Duration) string { return fmt.Sprintf("%.2f µs", float64(d)/1e3) }
	times := func(f float64) string { return fmt.Sprintf("%.2f times", f) }
	for _, c := range r.Costs {
		hop := c.PerFrame.P50 / time.Duration(c.Hops)
		target(fmt.Sprintf("one frame in flight, %d stages, by hop", c.Stages), "<= "+us(targetHop), us(hop), hop <= targetHop)
		if c.Stages == interruptDepth {
			target(fmt.Sprintf("interruption of %d stages with full queues, p99", c.Stages), "<= "+us(targetInterrupt),
				us(c.Interrupt.P99), c.Interrupt.P99 <= targetInterrupt)
		}
	}
	if n := len(r.Costs); n > 1 {
		first, last := r.Costs[0], r.Costs[n-1]
		flat := (float64(last.PerFrame.P50) / float64(last.Hops)) / (float64(first.PerFrame.P50) / float64(first.Hops))
		target(fmt.Sprintf("a hop among %d stages against one among %d", last.Stages, first.Stages), "<= "+times(targetFlat),
			times(flat), flat <= targetFlat)
	}
	for _, c := range r.Crowds {
		if c.Sessions == flatCrowd {
			target(fmt.Sprintf("an idle session of %d stages, of %d", callStages, c.Sessions), fmt.Sprintf("<= %d KB", targetBytes>>10),
				fmt.Sprintf("%.1f KB", float64(c.Bytes)/1024), c.Bytes <= targetBytes)
			flat := float64(c.PerFrame) / float64(r.Crowds[0].PerFrame)
			target(fmt.Sprintf("a frame among %d sessions against one among %d", c.Sessions, r.Crowds[0].Sessions),
				"<= "+times(targetFlat), times(flat), flat <= targetFlat)
		}
	}
	if n := len(r.Crowds); n > 0 && r.Crowds[n-1].Sessions >= flatCrowd {
		alive := r.Crowds[n-1].Sessions
		target("sessions alive at once", fmt.Sprintf(">= %d", targetSessions), fmt.Sprint(alive), alive >= targetSessions)
	}
	return all
}
