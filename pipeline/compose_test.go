package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

type label struct {
	pipeline.Durable
	Text string
}

// counter passes numbers on and makes a label of each, after a while.
func counter(name string, takes time.Duration) pipeline.Stage {
	return pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
		time.Sleep(takes)
		return errors.Join(out.Push(n), out.Push(label{Text: name + strings.Repeat("i", n.N)}))
	}, pipeline.Named(name), pipeline.Making[label]())
}

func TestParallelMergesWhatBranchesMakeAndNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signals := 0
		listener := pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, func(context.Context, fact, *pipeline.Emitter) error { signals++; return nil })
		})
		got := pipelinetest.Run(t, pipelinetest.Script{number{N: 1}, sample{N: 7}, number{N: 2}, fact{Text: "once"}},
			pipeline.Parallel(
				counter("a", 10*time.Millisecond),
				pipeline.Chain(counter("b", time.Second), pipeline.Chain()),
				listener,
			))
		want := []pipeline.Frame{
			fact{Text: "once"},
			number{N: 1}, label{Text: "ai"}, sample{N: 7}, number{N: 2}, label{Text: "aii"},
			label{Text: "bi"}, label{Text: "bii"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
		if signals != 1 {
			t.Errorf("a stage in a branch got the signal %d times", signals)
		}
	})
}

func TestTeeGetsACopyAndAddsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		side := pipelinetest.NewSink()
		got := pipelinetest.Run(t, pipelinetest.Script{number{N: 1}, word{Text: "a"}}, pipeline.Tee(pipeline.Chain(counter("t", time.Second), side)))
		if diff := cmp.Diff([]pipeline.Frame{number{N: 1}, word{Text: "a"}}, got); diff != "" {
			t.Errorf("the stream (-want +got):\n%s", diff)
		}
		if n := len(side.Frames()); n != 3 {
			t.Errorf("the branch got %v, want the number, its label and the word: the end must wait for it", side.Frames())
		}
	})
}

func TestParallelAtBothEndsAndNested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b, c := pipelinetest.NewSink(), pipelinetest.NewSink(), pipelinetest.NewSink()
		p := pipeline.New(
			pipeline.Parallel(pipelinetest.Source(pipelinetest.Script{number{N: 1}}), pipeline.StageFunc(pipeline.Makes[word])),
			pipeline.Parallel(pipeline.Parallel(counter("x", 0), a), pipeline.Parallel(b, pipeline.Chain()), c),
		)
		if want := "(script | stagefunc) -> ((x | sink) | (sink#2 | ) | sink#3)"; p.String() != want {
			t.Errorf("String: %q, want %q", p.String(), want)
		}
		if err := p.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, s := range []*pipelinetest.Sink{a, b, c} {
			if n := len(s.Frames()); n != 1 {
				t.Errorf("sink %d got %v, want the number alone", i, s.Frames())
			}
		}
	})
}

func TestCheckLooksThroughComposition(t *testing.T) {
	handles := func(name string) pipeline.Stage {
		return pipeline.Handle(func(context.Context, label, *pipeline.Emitter) error { return nil }, pipeline.Named(name))
	}
	source := pipeline.StageFunc(pipeline.Makes[number])
	if err := pipeline.New(source, pipeline.Parallel(pipeline.Chain(), counter("a", 0)), handles("reader")).Check(); err != nil {
		t.Errorf("made in a branch: %v", err)
	}
	err := pipeline.New(source, pipeline.Tee(counter("a", 0)), handles("reader")).Check()
	if !errors.Is(err, pipeline.ErrWiring) {
		t.Errorf("made in a Tee, of which nothing comes back: %v, want ErrWiring", err)
	}
	err = pipeline.New(source, pipeline.Parallel(handles("reader"), counter("a", 0))).Check()
	if !errors.Is(err, pipeline.ErrWiring) || !strings.Contains(err.Error(), "reader") {
		t.Errorf("made in the branch beside: %v, want ErrWiring", err)
	}
}
