package pipeline_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestInterruptDuringTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := 0
		early := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.Makes[number](w)
			w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
				if err := out.Push(number{N: 1}); err != nil {
					return err
				}
				out.Interrupt("before anything began")
				return out.Push(number{N: 2})
			})
		})
		slow := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnStart(func(context.Context, *pipeline.Emitter) error { time.Sleep(time.Second); return nil })
			pipeline.On(w, func(context.Context, pipeline.Interrupted, *pipeline.Emitter) error { told++; return nil })
		})
		var dead []bool
		last := pipeline.Handle(func(ctx context.Context, _ number, _ *pipeline.Emitter) error {
			dead = append(dead, ctx.Err() != nil)
			return nil
		})
		s, err := pipeline.New(early, slow, last).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if told != 1 || len(dead) != 2 || !dead[0] || dead[1] {
			t.Errorf("told %d times; contexts ended: %v, want that of the first frame alone", told, dead)
		}
	})
}

func TestInterruptionsRaceEachOtherAndTheEnd(t *testing.T) {
	for range 200 {
		synctest.Test(t, func(t *testing.T) {
			sink := pipelinetest.NewSink()
			s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[pipeline.Frame]), sink).Start(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			kept := 0
			for i := range 10 {
				if s.Push(number{N: i}) == nil {
					kept++
				}
			}
			var all sync.WaitGroup
			all.Go(func() { s.Interrupt("one") })
			all.Go(func() { s.Interrupt("two") })
			all.Go(func() { _ = s.Push(pipeline.End{}) })
			all.Wait()
			if err := s.Wait(); err != nil {
				t.Fatal(err)
			}
			if n := len(pipelinetest.Of[number](sink.Frames())); n != kept {
				t.Fatalf("%d durable frames of %d came through", n, kept)
			}
			if s.Generation().State() != pipeline.Dead {
				t.Error("a generation lives on behind the end of its session")
			}
		})
	}
}

func TestTwoSignalsOfOneSenderKeepTheirOrderWhileEverybodyInterrupts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		listener := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, func(_ context.Context, f fact, _ *pipeline.Emitter) error { got = append(got, f.Text); return nil })
		})
		s, err := pipeline.New(listener).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		all.Go(func() {
			for i := range 100 {
				_ = s.Push(fact{Text: string(rune('0' + i))})
			}
		})
		for range 4 {
			all.Go(func() {
				for range 20 {
					s.Interrupt("noise")
				}
			})
		}
		all.Wait()
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, text := range got {
			if text != string(rune('0'+i)) {
				t.Fatalf("signal %d is %q", i, text)
			}
		}
		if len(got) != 100 {
			t.Errorf("%d signals of 100", len(got))
		}
	})
}
