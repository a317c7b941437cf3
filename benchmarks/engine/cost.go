package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// inFlight is how many frames are under way in a burst. It is less than a hop holds, so that none is dropped.
const inFlight = 64

// Cost measures the way of audio frames through the given number of stages. It pushes the given number of frames
// one by one, and then as many as a burst.
func Cost(ctx context.Context, stages, frames int) (report.EngineCost, error) {
	arrived := make(chan time.Time, inFlight)
	from := newSource[frame.AudioIn]()
	list := []pipeline.Stage{from}
	for range stages {
		list = append(list, pass[frame.AudioIn]())
	}
	list = append(list, pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("sink")
		pipeline.OnOptional(w, func(context.Context, frame.AudioIn, *pipeline.Emitter) error {
			arrived <- time.Now()
			return nil
		})
	}))
	s, err := pipeline.New(list...).Start(ctx)
	if err != nil {
		return report.EngineCost{}, err
	}
	in := frame.AudioIn{PCM: audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: make([]int16, 320)}}

	single := make([]time.Duration, 0, frames)
	for range frames {
		began := time.Now()
		if err := from.out.Push(in); err != nil {
			return report.EngineCost{}, err
		}
		single = append(single, (<-arrived).Sub(began))
	}

	began := time.Now()
	under := 0
	for range frames {
		for under == inFlight {
			<-arrived
			under--
		}
		if err := from.out.Push(in); err != nil {
			return report.EngineCost{}, err
		}
		under++
	}
	for ; under > 0; under-- {
		<-arrived
	}
	burst := time.Since(began) / time.Duration(frames)
	if err := s.Drain(ctx); err != nil {
		return report.EngineCost{}, fmt.Errorf("engine: %w", err)
	}
	return report.EngineCost{Stages: stages, Hops: stages + 1, PerFrame: report.Summarize(single), BurstPerFrame: burst}, nil
}
