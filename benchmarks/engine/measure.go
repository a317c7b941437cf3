package engine

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// Size is how much Measure measures.
type Size struct {
	Depths     []int // stages in a row
	Frames     int   // pushed for each figure
	Interrupts int   // for each depth
	Crowds     []int // sessions alive at once
	Busy       []int // sessions that talk at once
	BusyFor    time.Duration
}

// Full is what the figures in the documentation are made with; it takes about a minute.
var Full = Size{
	Depths: []int{1, 10, 50}, Frames: 20_000, Interrupts: 1000,
	Crowds: []int{1, 10, 100, 1000, 10_000},
	Busy:   []int{1, 10, 100, 500}, BusyFor: 5 * time.Second,
}

// Measure measures the engine on one core: the process may use no other while it runs.
func Measure(ctx context.Context, size Size) (r report.Engine, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, n := range size.Depths {
		c, err := Cost(ctx, n, size.Frames)
		if err != nil {
			return r, fmt.Errorf("%d stages: %w", n, err)
		}
		if c.Interrupt, c.Flushed, err = Flush(ctx, n, size.Interrupts); err != nil {
			return r, fmt.Errorf("%d stages: %w", n, err)
		}
		r.Costs = append(r.Costs, c)
	}
	for _, n := range size.Crowds {
		c, err := Crowd(ctx, n, size.Frames)
		if err != nil {
			return r, fmt.Errorf("%d sessions: %w", n, err)
		}
		r.Crowds = append(r.Crowds, c)
	}
	for _, n := range size.Busy {
		b, err := Busy(ctx, n, size.BusyFor)
		if err != nil {
			return r, fmt.Errorf("%d talking sessions: %w", n, err)
		}
		r.Busy = append(r.Busy, b)
	}
	r.Targets = Targets(r)
	return r, nil
}
