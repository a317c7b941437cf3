package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

// few is how many sessions of a crowd get frames while the others idle.
const few = 8

// Crowd starts the given number of sessions of seven stages, weighs them, and then pushes the given number of
// transcripts through a few of them, one at a time, while the others idle. It stops them all at the end.
func Crowd(ctx context.Context, sessions, frames int) (_ report.EngineCrowd, err error) {
	before := weigh()
	calls := make([]call, sessions)
	began := time.Now()
	for i := range calls {
		calls[i].speech = 1
		if err := calls[i].start(ctx); err != nil {
			return report.EngineCrowd{}, errors.Join(fmt.Errorf("engine: session %d: %w", i+1, err), stop(ctx, calls[:i]))
		}
	}
	started := time.Since(began)
	idle := weigh()

	active := calls[:min(few, sessions)]
	arrived := make(chan struct{}, 1)
	for i := range active {
		active[i].spoken = func() { arrived <- struct{}{} }
	}
	round := func(n int) error {
		for i := range n {
			if err := active[i%len(active)].ask(); err != nil {
				return fmt.Errorf("engine: %w", err)
			}
			select {
			case <-arrived:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	}
	err = round(min(frames, 100)) // the first frames of a session pay for what all others find
	began = time.Now()
	err = errors.Join(err, round(frames))
	perFrame := time.Since(began) / time.Duration(frames)

	began = time.Now()
	err = errors.Join(err, stop(ctx, calls))
	n := time.Duration(sessions)
	return report.EngineCrowd{
		Sessions:   sessions,
		Goroutines: float64(idle.goroutines-before.goroutines) / float64(sessions),
		Bytes:      int64(idle.bytes-before.bytes) / int64(sessions),
		Start:      started / n,
		Stop:       time.Since(began) / n,
		PerFrame:   perFrame,
		Hops:       callHops,
	}, err
}

// stop ends all sessions, each as a hang-up does, and waits for them.
func stop(ctx context.Context, calls []call) (err error) {
	for i := range calls {
		err = errors.Join(err, calls[i].session.Drain(ctx))
	}
	return err
}

// weight is what the process holds.
type weight struct {
	bytes      uint64 // heap in use and stacks, after a collection
	goroutines int
}

func weigh() weight {
	runtime.GC()
	runtime.GC() // what the first one has found unreachable, but must still finalise
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return weight{bytes: m.HeapAlloc + m.StackInuse, goroutines: runtime.NumGoroutine()}
}
