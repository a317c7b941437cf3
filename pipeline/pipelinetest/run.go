package pipelinetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// Script is what a source does, step by step: a pipeline.Frame is pushed, a time.Duration is waited, and a
// func(*pipeline.Emitter) is called. The session is drained after the last step.
type Script []any

// Run runs the stages on a script, in the caller's synctest bubble, and returns what came out of the last one
// and all signals, in the order in which they came. It fails the test if the session ends with an error.
func Run(t testing.TB, script Script, stages ...pipeline.Stage) []pipeline.Frame {
	t.Helper()
	got, err := RunErr(t, script, stages...)
	if err != nil {
		t.Fatalf("the session ended with: %v", err)
	}
	return got
}

// RunErr does what Run does and returns the session's result.
func RunErr(t testing.TB, script Script, stages ...pipeline.Stage) ([]pipeline.Frame, error) {
	t.Helper()
	sink := NewSink()
	all := append([]pipeline.Stage{Source(script)}, stages...)
	err := pipeline.New(append(all, sink)...).Run(t.Context())
	return sink.Frames(), err
}

// Source returns the stage that plays a script and then drains the session.
func Source(script Script) pipeline.Stage { return &source{script: script} }

type source struct {
	script Script
	ended  chan struct{}
}

// Wire registers the source.
func (s *source) Wire(w *pipeline.Wiring) {
	w.Name("script")
	pipeline.Makes[pipeline.Frame](w)
	w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
		for i, step := range s.script {
			switch step.(type) {
			case pipeline.Frame, time.Duration, func(*pipeline.Emitter):
			default:
				return fmt.Errorf("step %d of the script is a %T: want a frame, a time.Duration or a func(*pipeline.Emitter)", i, step)
			}
		}
		s.ended = make(chan struct{})
		go s.play(out) // ends with the script or the session; OnStop waits for it
		return nil
	})
	w.OnStop(func(context.Context) error {
		<-s.ended
		return nil
	})
}

func (s *source) play(out *pipeline.Emitter) {
	defer close(s.ended)
	for _, step := range s.script {
		switch step := step.(type) {
		case time.Duration:
			select {
			case <-time.After(step):
			case <-out.Context().Done():
				return
			}
		case pipeline.Frame:
			_ = out.Push(step)
		case func(*pipeline.Emitter):
			step(out)
		}
	}
	_ = out.Push(pipeline.End{Reason: "end of script"})
}
