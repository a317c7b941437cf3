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

// Flush interrupts a response the given number of times. Each time, all queues between the stages are full of it, the
// last stage is busy with it, and every stage has an OnFlush hook. returned is how long Interrupt took: from then on
// nothing of the response is played. through is how long until the first part of the next response has come through all
// stages to the end, past all that was queued.
func Flush(ctx context.Context, stages, times int) (returned, through report.Stat, err error) {
	arrived := make(chan int, 1)
	from := newSource[chunk]()
	list := []pipeline.Stage{from}
	for range stages {
		list = append(list, pipeline.StageFunc(func(w *pipeline.Wiring) {
			pass[chunk]().Wire(w)
			w.OnFlush(func(*pipeline.Generation) {})
		}))
	}
	list = append(list, pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("sink")
		pipeline.On(w, func(ctx context.Context, f chunk, _ *pipeline.Emitter) error {
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
		return returned, through, err
	}
	push := func(attempt int) error {
		if err := from.out.Push(chunk{attempt: attempt}); err != nil {
			return fmt.Errorf("engine: %w", errors.Join(err, s.Wait()))
		}
		return nil
	}
	var interrupts, ways []time.Duration
	for attempt := range times + 1 {
		began := time.Now()
		s.Interrupt("benchmark")
		interrupted := time.Since(began)
		if err := push(attempt); err != nil {
			return returned, through, err
		}
		select {
		case got := <-arrived:
			if got != attempt {
				return returned, through, fmt.Errorf("engine: a part of response %d came out after response %d had begun", got, attempt)
			}
		case <-ctx.Done():
			return returned, through, ctx.Err()
		}
		if attempt > 0 { // nothing was queued yet at the first
			interrupts, ways = append(interrupts, interrupted), append(ways, time.Since(began))
		}
		for range backlog * (stages + 1) {
			if err := push(attempt); err != nil {
				return returned, through, err
			}
		}
	}
	s.Interrupt("end of the benchmark")
	if err := s.Drain(ctx); err != nil {
		return returned, through, fmt.Errorf("engine: %w", err)
	}
	return report.Summarize(interrupts), report.Summarize(ways), nil
}
