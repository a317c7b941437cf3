package engine

import (
	"context"
	"runtime"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/benchmarks/report"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// short measures what Full measures, in seconds.
var short = Size{Depths: []int{1, 10}, Frames: 200, Interrupts: 20, Crowds: []int{1, 20}, Busy: []int{3}, BusyFor: 400 * time.Millisecond}

func TestMeasure(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cores := runtime.GOMAXPROCS(0)
	r, err := Measure(ctx, short)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOMAXPROCS(0) != cores {
		t.Errorf("%d cores are left of %d", runtime.GOMAXPROCS(0), cores)
	}
	for _, c := range r.Costs {
		if c.Hops != c.Stages+1 || c.PerFrame.P50 <= 0 || c.PerFrame.P99 < c.PerFrame.P50 || c.BurstPerFrame <= 0 {
			t.Errorf("%d stages: not a measurement: %+v", c.Stages, c)
		}
		// With full queues, what is dead must go without the sink taking any of it.
		if c.Interrupt.P50 <= 0 || c.Flushed.P50 < c.Interrupt.P50 || c.Flushed.P50 > time.Second {
			t.Errorf("%d stages: not an interruption: %+v", c.Stages, c)
		}
	}
	for _, c := range r.Crowds {
		if c.Goroutines < callStages || c.Bytes < 1<<10 || c.Start <= 0 || c.Stop <= 0 || c.PerFrame <= 0 {
			t.Errorf("%d sessions: not a measurement: %+v", c.Sessions, c)
		}
	}
	for _, b := range r.Busy {
		if b.Late.Max <= 0 || b.Dropped > 0 || b.CPU < 0 {
			t.Errorf("%d talking sessions: not a measurement: %+v", b.Sessions, b)
		}
	}
	if len(r.Costs) != 2 || len(r.Crowds) != 2 || len(r.Busy) != 1 || len(r.Targets) == 0 {
		t.Errorf("something was not measured: %+v", r)
	}
}

func TestTargets(t *testing.T) {
	at := func(perFrame, interrupt, crowd time.Duration, kb int64, alive int) report.Engine {
		return report.Engine{
			Costs: []report.EngineCost{
				{Stages: 10, Hops: 11, PerFrame: report.Stat{P50: 11 * time.Microsecond}, Interrupt: report.Stat{P99: interrupt}},
				{Stages: 49, Hops: 50, PerFrame: report.Stat{P50: perFrame}},
			},
			Crowds: []report.EngineCrowd{{Sessions: 1, PerFrame: time.Microsecond}, {Sessions: 1000, Bytes: kb << 10, PerFrame: crowd}, {Sessions: alive}},
		}
	}
	missed := func(e report.Engine) (n int) {
		for _, target := range Targets(e) {
			if !target.Met {
				n++
			}
		}
		return n
	}
	us := time.Microsecond
	tests := []struct {
		name   string
		engine report.Engine
		missed int
	}{
		{"all met", at(50*us, 100*us, us, 64, 10_000), 0},
		{"a slow hop, and not flat", at(100*us, 100*us, us, 64, 10_000), 2},
		{"a slow interruption", at(50*us, 101*us, us, 64, 10_000), 1},
		{"dear in a crowd", at(50*us, 100*us, 2*us, 64, 10_000), 1},
		{"large", at(50*us, 100*us, us, 65, 10_000), 1},
		{"few", at(50*us, 100*us, us, 64, 9999), 1},
	}
	for _, tt := range tests {
		if got := missed(tt.engine); got != tt.missed {
			t.Errorf("%s: %d targets missed, want %d: %+v", tt.name, got, tt.missed, Targets(tt.engine))
		}
	}
}

func BenchmarkCost10(b *testing.B) {
	if _, err := Cost(b.Context(), 10, b.N); err != nil {
		b.Fatal(err)
	}
}
