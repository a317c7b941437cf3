package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/pipeline"
)

// Hint makes number a frame with a hint for the wiring check.
func (number) Hint() string { return "add a counter" }

func TestCheck(t *testing.T) {
	handles := func(name string) pipeline.Stage {
		return pipeline.Handle(func(context.Context, number, *pipeline.Emitter) error { return nil }, pipeline.Named(name))
	}
	maker := pipeline.StageFunc(pipeline.Makes[number])
	tests := []struct {
		name   string
		stages []pipeline.Stage
		want   string // in the error; "" for none
	}{
		{"made before", []pipeline.Stage{maker, handles("adder")}, ""},
		{"made behind", []pipeline.Stage{handles("adder"), maker}, "adder handles pipeline_test.number, but no stage before it makes one; add a counter"},
		{"no stage", nil, "at least one stage"},
		{"optional", []pipeline.Stage{pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.OnOptional(w, func(context.Context, number, *pipeline.Emitter) error { return nil })
		})}, ""},
		{"signals need no maker", []pipeline.Stage{pipeline.StageFunc(func(w *pipeline.Wiring) {
			pipeline.On(w, func(context.Context, fact, *pipeline.Emitter) error { return nil })
		})}, ""},
		{"twice", []pipeline.Stage{maker, pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("adder")
			pipeline.On(w, func(context.Context, number, *pipeline.Emitter) error { return nil })
			pipeline.On(w, func(context.Context, number, *pipeline.Emitter) error { return nil })
		})}, "adder has two handlers for pipeline_test.number"},
		{"anything", []pipeline.Stage{pipeline.StageFunc(pipeline.Makes[pipeline.Frame]), handles("adder")}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := pipeline.New(tt.stages...)
			err := p.Check()
			if tt.want == "" {
				if err != nil {
					t.Fatalf("Check: %v, want nil", err)
				}
				return
			}
			if !errors.Is(err, pipeline.ErrWiring) || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("Check: %v, want %q", err, tt.want)
			}
			if run := p.Run(t.Context()); !errors.Is(run, pipeline.ErrWiring) {
				t.Errorf("Run: %v, want the same as Check", run)
			}
		})
	}
}

func TestPipelineRunsOnce(t *testing.T) {
	p := pipeline.New(pipeline.StageFunc(pipeline.Makes[number]))
	s, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context()); !errors.Is(err, pipeline.ErrReused) {
		t.Errorf("second Run: %v, want ErrReused", err)
	}
}
