package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline"
)

// chunk is a part of a response.
type chunk struct {
	pipeline.Response
	attempt int
}

// backlog is how many parts of a response wait in each queue when it is interrupted.
const backlog = 60

// Flush interrupts a response the given number of times. Each time, all queues between the stages are full of it,
// and the last stage is busy with it. The time runs from the interruption until the first part of the next response
// has come through all stages to the end.
func Flush(ctx context.Context, stages, times int) (report.Stat, error) {
	arrived := make(chan int, 1)
	from := newSource[chunk]()
	list := []pipeline.Stage{from}
	for range stages {
		list = append(list, pass[chunk]())
	}
	list = append(list, pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("sink")
		pipeline.OnOptional(w, func(ctx context.Context, f chunk, _ *pipeline.Emitter) error {
			select {
			case arrived <- f.attempt:
			case <-ctx.Done():
				return nil
			}
			<-ctx.Done() // busy with it until it is interrupted
			return nil
		})
	}))
	s, err := pipeline.New(list...).Start(ctx)
	if err != nil {
		return report.Stat{}, err
	}
	took := make([]time.Duration, 0, times)
	for attempt := range times {
		began := time.Now()
		s.Interrupt("benchmark")
		if err := from.out.Push(chunk{attempt: attempt}); err != nil {
			return report.Stat{}, fmt.Errorf("engine: %w", errors.Join(err, s.Wait()))
		}
		select {
		case got := <-arrived:
			if got != attempt {
				return report.Stat{}, fmt.Errorf("engine: a part of response %d came out after response %d had begun",
					got, attempt)
			}
			took = append(took, time.Since(began))
		case <-ctx.Done():
			return report.Stat{}, ctx.Err()
		}
		for range backlog * (stages + 1) {
			if err := from.out.Push(chunk{attempt: attempt}); err != nil {
				return report.Stat{}, fmt.Errorf("engine: %w", errors.Join(err, s.Wait()))
			}
		}
	}
	s.Interrupt("end of the benchmark")
	if err := s.Drain(ctx); err != nil && !errors.Is(err, pipeline.ErrEnded) {
		return report.Stat{}, fmt.Errorf("engine: %w", err)
	}
	return report.Summarize(took[1:]), nil // nothing was queued yet at the first
}
