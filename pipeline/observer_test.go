package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// recorder keeps events.
type recorder struct {
	mu     sync.Mutex
	events []pipeline.Event
}

func (r *recorder) Observe(e pipeline.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
}

func (r *recorder) lines(stage string) (out []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.events {
		if e.Stage == stage {
			line := e.Kind.String()
			if d := e.Ended.Sub(e.Began); d > 0 {
				line += " in " + d.String()
			}
			if !e.Queued.IsZero() && !e.Began.IsZero() {
				line += " after " + e.Began.Sub(e.Queued).String()
			}
			out = append(out, line)
		}
	}
	return out
}

func TestObserverSeesHandlingPassingAndDropping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		slow := pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
			time.Sleep(time.Second)
			return out.Push(n)
		}, pipeline.Named("slow"))
		talker := pipeline.Handle(func(context.Context, word, *pipeline.Emitter) error { return nil }, pipeline.Named("talker"))
		script := pipelinetest.Script{time.Millisecond, number{N: 1}, number{N: 2}, word{Text: "dies"}, func(out *pipeline.Emitter) { out.Interrupt("") }}
		p := pipeline.New(pipelinetest.Source(script), slow, talker, pipelinetest.NewSink()).With(pipeline.WithObserver(&r))
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"handled in 1s after 0s", "handled in 1s after 1s", "dropped"}, r.lines("slow")); diff != "" {
			t.Errorf("slow (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"passed", "passed"}, r.lines("talker")); diff != "" {
			t.Errorf("talker (-want +got):\n%s", diff)
		}
	})
}

func TestObserversComeAndGoWhileTheSessionRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a, b recorder
		s, err := pipeline.New(pipeline.StageFunc(pipeline.Makes[number]), pipelinetest.NewSink()).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		step := func() {
			if err := s.Push(number{}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		step()
		detachA := s.Attach(&a)
		detachB := s.Attach(&b)
		step()
		detachA()
		step()
		detachB()
		step()
		if len(a.lines("sink")) != 1 || len(b.lines("sink")) != 2 {
			t.Errorf("a saw %v, b %v; want one and two frames", a.lines("sink"), b.lines("sink"))
		}
		stats := s.Stats()
		if last := stats[len(stats)-1]; last.Stage != "sink" || last.Handled != 4 {
			t.Errorf("stats %+v, want four frames handled by the sink", stats)
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWatchdogNamesTheStageThatHoldsAFrameOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := pipeline.Handle(func(_ context.Context, _ number, _ *pipeline.Emitter) error {
			time.Sleep(time.Minute)
			return nil
		}, pipeline.Named("stuck"))
		sink := pipelinetest.NewSink()
		p := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}}), stuck, sink).With(
			pipeline.WithWatchdog(10*time.Second), pipeline.WithLogger(quiet), pipeline.WithDrainTimeout(time.Hour))
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		failures := pipelinetest.Of[pipeline.Failure](sink.Frames())
		var held *pipeline.HeldError
		if len(failures) != 1 || failures[0].Stage != "stuck" || !errors.As(failures[0].Err, &held) || !strings.Contains(held.Stack, "observer_test.go") {
			t.Errorf("failures %v, want one of the stuck stage with its stack", failures)
		}
	})
}

func TestSessionValues(t *testing.T) {
	type database struct{ name string }
	synctest.Test(t, func(t *testing.T) {
		var got database
		var id string
		stage := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
				got, _ = pipeline.Value[database](out.Session())
				id = out.Session().ID()
				if _, ok := pipeline.Value[int](out.Session()); ok {
					t.Error("a value that nobody gave was found")
				}
				return nil
			})
		})
		s, err := pipeline.New(stage).With(pipeline.WithID("call-7"), pipeline.WithValue(database{"main"})).Start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got.name != "main" || id != "call-7" {
			t.Errorf("value %v, id %q", got, id)
		}
	})
}
