package pipeline_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

var errOdd = errors.New("odd number")

// even passes even numbers and fails on odd ones.
func even(wrap func(error) error) pipeline.Stage {
	return pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
		if n.N%2 == 1 {
			return wrap(errOdd)
		}
		return out.Push(n)
	}, pipeline.Named("even"))
}

func TestPolicies(t *testing.T) {
	plain := func(err error) error { return err }
	misuse := func(err error) error { return pipeline.WithCategory(pipeline.Misuse, err) }
	tests := []struct {
		name  string
		stage pipeline.Stage
		want  []pipeline.Frame // nil: the session ends with the error
	}{
		{"end", even(plain), nil},
		{"skip", pipeline.OnError(pipeline.SkipFrame, even(plain)), []pipeline.Frame{number{N: 2}, number{N: 4}}},
		{"skip in a chain", pipeline.OnError(pipeline.SkipFrame, pipeline.Chain(even(plain))), []pipeline.Frame{number{N: 2}, number{N: 4}}},
		{"misuse is not skipped", pipeline.OnError(pipeline.SkipFrame, even(misuse)), nil},
		{"the inner policy wins", pipeline.OnError(pipeline.SkipFrame, pipeline.OnError(pipeline.EndSession, even(plain))), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := pipelinetest.RunErr(t, pipelinetest.Script{number{N: 2}, number{N: 3}, time.Millisecond, number{N: 4}}, tt.stage)
				if tt.want == nil {
					if !errors.Is(err, errOdd) {
						t.Errorf("result %v, want %v", err, errOdd)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				failures := pipelinetest.Of[pipeline.Failure](got)
				if len(failures) != 1 || !errors.Is(failures[0].Err, errOdd) {
					t.Errorf("failures %v, want one", failures)
				}
				var numbers []pipeline.Frame
				for _, n := range pipelinetest.Of[number](got) {
					numbers = append(numbers, n)
				}
				if diff := cmp.Diff(tt.want, numbers); diff != "" {
					t.Errorf("numbers (-want +got):\n%s", diff)
				}
			})
		})
	}
}

type volume struct {
	pipeline.Durable
	Level int
}

func (volume) Setting() {}

// speaker makes labels of numbers at the volume it was set to, until it is broken.
func speaker(name string, broken *atomic.Bool) pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name(name)
		level := 0
		pipeline.Makes[label](w)
		pipeline.OnOptional(w, func(_ context.Context, v volume, out *pipeline.Emitter) error {
			level = v.Level
			return out.Push(v)
		})
		pipeline.On(w, func(_ context.Context, n number, out *pipeline.Emitter) error {
			if broken != nil && broken.Load() {
				return errors.New(name + " is broken")
			}
			return out.Push(label{Text: name + " " + string(rune('0'+n.N)) + " at " + string(rune('0'+level))})
		})
	})
}

func TestSwitchTurnsToTheNextChoiceAndReplaysTheFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		sw := pipeline.NewSwitch(speaker("a", &broken), speaker("b", nil))
		got := pipelinetest.Run(t, pipelinetest.Script{
			volume{Level: 5}, number{N: 1}, time.Millisecond,
			func(*pipeline.Emitter) { broken.Store(true) }, number{N: 2}, time.Millisecond, number{N: 3}, time.Millisecond,
			func(*pipeline.Emitter) {
				broken.Store(false)
				if err := sw.To(0); err != nil {
					t.Error(err)
				}
			}, number{N: 4},
		}, sw)
		var durable []pipeline.Frame
		for _, f := range got {
			if pipeline.LaneOf(f) == pipeline.LaneDurable {
				durable = append(durable, f)
			}
		}
		want := []pipeline.Frame{volume{Level: 5}, label{Text: "a 1 at 5"}, label{Text: "b 2 at 5"}, label{Text: "b 3 at 5"}, label{Text: "a 4 at 5"}}
		if diff := cmp.Diff(want, durable); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
		if n := len(pipelinetest.Of[pipeline.Failure](got)); n != 1 {
			t.Errorf("%d failures, want one", n)
		}
		if err := sw.To(2); err == nil {
			t.Error("To(2) of two choices worked")
		}
	})
}

func TestSwitchWithoutAChoiceLeftEndsTheSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var broken atomic.Bool
		broken.Store(true)
		_, err := pipelinetest.RunErr(t, pipelinetest.Script{number{N: 1}, time.Hour},
			pipeline.NewSwitch(speaker("a", &broken), speaker("b", &broken)))
		var stage *pipeline.StageError
		if !errors.As(err, &stage) || stage.Stage != "b" {
			t.Errorf("result %v, want the error of the last choice", err)
		}
	})
}

func TestGateHoldsWhatMustNotBeLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		numbers, words, samples := pipeline.NewGate[number](false), pipeline.NewGate[word](false), pipeline.NewGate[sample](false)
		open := func(*pipeline.Emitter) { numbers.Open(); words.Open(); samples.Open() }
		got := pipelinetest.Run(t, pipelinetest.Script{
			number{N: 1}, word{Text: "dead"}, sample{N: 1}, time.Millisecond,
			func(out *pipeline.Emitter) { out.Interrupt("") },
			word{Text: "live"}, number{N: 2}, time.Millisecond, open, number{N: 3}, sample{N: 2}, word{Text: "more"}, time.Millisecond,
			func(*pipeline.Emitter) { samples.Close() }, sample{N: 3},
		}, numbers, words, samples)
		if diff := cmp.Diff([]number{{N: 1}, {N: 2}, {N: 3}}, pipelinetest.Of[number](got)); diff != "" {
			t.Errorf("numbers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]word{{Text: "live"}, {Text: "more"}}, pipelinetest.Of[word](got)); diff != "" {
			t.Errorf("words (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]sample{{N: 2}}, pipelinetest.Of[sample](got)); diff != "" {
			t.Errorf("samples (-want +got):\n%s", diff)
		}
	})
}

func TestFilterAndMap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, pipelinetest.Script{number{N: 1}, number{N: 2}, word{Text: "a"}, number{N: 3}},
			pipeline.Filter(func(n number) bool { return n.N != 2 }),
			pipeline.Map(func(_ context.Context, n number) (label, error) { return label{Text: string(rune('a' + n.N))}, nil }))
		if diff := cmp.Diff([]pipeline.Frame{label{Text: "b"}, word{Text: "a"}, label{Text: "d"}}, got); diff != "" {
			t.Errorf("frames (-want +got):\n%s", diff)
		}
	})
}
