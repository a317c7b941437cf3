package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
)

const (
	tick        = 20 * time.Millisecond // one piece of audio
	ticksAnswer = speechPerAnswer       // so both sides talk all the time
)

// Busy has the given number of sessions talk in real time for a while: each gets 20 ms of audio every 20 ms, and every
// 200 ms a transcript that is answered with 200 ms of speech. The sessions' clocks are spread evenly.
func Busy(ctx context.Context, sessions int, length time.Duration) (_ report.EngineBusy, err error) {
	calls := make([]call, sessions)
	ticks := max(1, int(length/tick))
	for i := range calls {
		calls[i].speech = speechPerAnswer
		calls[i].heard = make([]time.Duration, 0, ticks)
		if err := calls[i].start(ctx); err != nil {
			return report.EngineBusy{}, errors.Join(fmt.Errorf("engine: session %d: %w", i+1, err), stop(ctx, calls[:i]))
		}
	}
	cpu, began := cpuTime(), time.Now()
	err = talk(ctx, calls, ticks, began)
	wall := time.Since(began)
	used := cpuTime() - cpu
	var dropped uint64
	for i := range calls {
		for _, s := range calls[i].session.Stats() {
			dropped += s.MediaDropped
		}
	}
	err = errors.Join(err, stop(ctx, calls))
	var late []time.Duration
	for i := range calls {
		late = append(late, calls[i].heard...)
	}
	if got, want := len(late), sessions*ticks-int(dropped); err == nil && got != want {
		err = fmt.Errorf("engine: %d pieces of audio arrived of %d", got, want)
	}
	return report.EngineBusy{Sessions: sessions, CPU: float64(used) / float64(wall), Late: report.Summarize(late), Dropped: dropped}, err
}

// talk pushes the frames of all sessions, each when it is due.
func talk(ctx context.Context, calls []call, ticks int, began time.Time) error {
	wait := time.NewTimer(0)
	defer wait.Stop()
	for t := range ticks {
		for i := range calls {
			due := began.Add(time.Duration(t)*tick + tick*time.Duration(i)/time.Duration(len(calls)))
			if ahead := time.Until(due); ahead > 0 {
				wait.Reset(ahead)
				select {
				case <-wait.C:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if err := calls[i].listen(due); err != nil {
				return fmt.Errorf("engine: %w", err)
			}
			if (t+i)%ticksAnswer == 0 {
				if err := calls[i].ask(); err != nil {
					return fmt.Errorf("engine: %w", err)
				}
			}
		}
	}
	return nil
}
