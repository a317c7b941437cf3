package pipeline_test

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestCommitAndDiscardOfOneGuessRace(t *testing.T) {
	var e *pipeline.Emitter
	stage := pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error { e = out; return nil })
	})
	s, err := pipeline.New(stage, pipelinetest.NewSink()).Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 2000 {
		g, err := e.Speculate(number{})
		if err != nil {
			t.Fatal(err)
		}
		var committed, discarded bool
		var both sync.WaitGroup
		both.Go(func() { committed = e.Commit(g) })
		both.Go(func() { discarded = e.Discard(g) })
		both.Wait()
		if committed == discarded {
			t.Fatalf("committed: %v, discarded: %v", committed, discarded)
		}
		if s.Generation().State() != pipeline.Live {
			t.Fatalf("the current generation is %v: whatever is said now is never answered", s.Generation().State())
		}
		// Let the stages catch up: their queues are bounded.
		for s.Stats()[1].Queued > 10 || s.Stats()[0].Queued > 10 {
			runtime.Gosched()
		}
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// states records in which state the generation of each number and label is when it comes.
func states(log *[]string) pipeline.Stage {
	note := func(f any, out *pipeline.Emitter) {
		*log = append(*log, fmt.Sprintf("%v %d %v", f, out.Generation().ID(), out.Generation().State()))
	}
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.On(w, func(_ context.Context, n number, out *pipeline.Emitter) error { note(n.N, out); return nil })
		pipeline.OnOptional(w, func(_ context.Context, l label, out *pipeline.Emitter) error { note(l.Text, out); return nil })
	})
}

func TestWhatIsMadeOfAGuessBelongsToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		pipelinetest.Run(t, pipelinetest.Script{
			time.Millisecond,
			func(out *pipeline.Emitter) {
				g, _ := out.Speculate(number{N: 1})
				time.Sleep(2 * time.Second)
				out.Discard(g)
				h, _ := out.Speculate(number{N: 2})
				time.Sleep(500 * time.Millisecond) // it is still in the counter's hand
				out.Discard(h)
				time.Sleep(time.Second)
				i, _ := out.Speculate(number{N: 3})
				time.Sleep(500 * time.Millisecond)
				out.Commit(i)
			},
		}, counter("c", time.Second), states(&log))
		want := []string{"1 2 held", "ci 2 held", "2 3 dead", "cii 3 dead", "3 4 live", "ciii 4 live"}
		if diff := cmp.Diff(want, log); diff != "" {
			t.Errorf("number or label, its generation (-want +got):\n%s", diff)
		}
	})
}

func TestWhatWasInterruptedIsNotRevivedByAStageThatPassesItOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		pipelinetest.Run(t, pipelinetest.Script{
			time.Millisecond, number{N: 1}, 500 * time.Millisecond,
			func(out *pipeline.Emitter) { out.Interrupt("user speaks") },
		}, counter("c", time.Second), states(&log))
		// The number is passed on as it is; the label is new and belongs to what is current.
		if diff := cmp.Diff([]string{"1 1 dead", "ci 2 live"}, log); diff != "" {
			t.Errorf("number or label, its generation (-want +got):\n%s", diff)
		}
	})
}

func TestAStageThatInterruptsPassesOnToTheNewGeneration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log []string
		cutsIn := pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
			if n.N == 2 {
				out.Interrupt("something urgent")
			}
			return out.Push(n)
		})
		pipelinetest.Run(t, pipelinetest.Script{number{N: 1}, time.Millisecond, number{N: 2}, number{N: 3}, time.Millisecond, number{N: 4}},
			cutsIn, states(&log))
		if diff := cmp.Diff([]string{"1 1 live", "2 2 live", "3 1 dead", "4 2 live"}, log); diff != "" {
			t.Errorf("number, its generation (-want +got):\n%s", diff)
		}
	})
}
