package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// sleeper is a stage that takes a while for each line, and heeds its context.
func sleeper(d time.Duration) pipeline.Stage {
	return pipeline.Handle(func(ctx context.Context, l Line, out *pipeline.Emitter) error {
		select {
		case <-time.After(d):
			return out.Push(Shout{Text: l.Text})
		case <-ctx.Done():
			return ctx.Err()
		}
	}, pipeline.Named("sleeper"), pipeline.Making[Shout]())
}

func ExampleWithWatchdog() {
	told := pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.On(w, func(_ context.Context, f pipeline.Failure, _ *pipeline.Emitter) error {
			var held *pipeline.HeldError
			fmt.Println(f.Stage, "holds a frame:", errors.As(f.Err, &held) && held.Stack != "")
			return nil
		})
	})
	_ = pipeline.New(reader("hello"), sleeper(100*time.Millisecond), printer(), told).
		With(pipeline.WithWatchdog(20*time.Millisecond), pipeline.WithLogger(quiet)).Run(context.Background())
	// Output:
	// sleeper holds a frame: true
	// hello
}

func ExampleWithDrainTimeout() {
	err := pipeline.New(reader("hello"), sleeper(time.Hour), printer()).
		With(pipeline.WithDrainTimeout(20 * time.Millisecond)).Run(context.Background())
	fmt.Println(errors.Is(err, pipeline.ErrDeadline))
	// Output:
	// true
}

func ExampleWithStartTimeout() {
	slow := pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("slow")
		w.OnStart(func(ctx context.Context, _ *pipeline.Emitter) error {
			<-ctx.Done()
			return ctx.Err()
		})
	})
	err := pipeline.New(slow).With(pipeline.WithStartTimeout(20 * time.Millisecond)).Run(context.Background())
	var stage *pipeline.StageError
	fmt.Println(errors.As(err, &stage), stage.Stage, stage.Phase)
	// Output:
	// true slow start
}
