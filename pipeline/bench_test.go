package pipeline_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/parley-voice/parley/pipeline"
)

// BenchmarkHop is the cost of a frame through a number of stages that handle it and pass it on, with one frame
// in flight.
func BenchmarkHop(b *testing.B) {
	for _, n := range []int{1, 10, 50} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			stages := []pipeline.Stage{pipeline.StageFunc(pipeline.Makes[number])}
			for range n {
				stages = append(stages, pipeline.Handle(func(_ context.Context, f number, out *pipeline.Emitter) error { return out.Push(f) }))
			}
			arrived := make(chan struct{}, 1)
			stages = append(stages, pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error {
				arrived <- struct{}{}
				return nil
			}))
			s, err := pipeline.New(stages...).Start(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Push(number{N: 1})
				<-arrived
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n+2), "ns/hop")
			_ = s.Drain(context.Background())
		})
	}
}

// BenchmarkShortSession is the cost of a session that lives for one frame, as each text message has one: wiring, start,
// two stages, end.
func BenchmarkShortSession(b *testing.B) {
	b.ReportAllocs()
	head := pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.Makes[number](w)
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			if err := out.Push(number{N: 1}); err != nil {
				return err
			}
			return out.Push(pipeline.End{})
		})
	})
	pass := pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error { return out.Push(n) })
	last := pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { return nil })
	for b.Loop() {
		if err := pipeline.New(head, pass, last).Run(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
