package pipeline_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

// A stage's stacks hold what its handler has started, and nothing of another stage, nor of another session whose stages
// have the same names.
func TestStacksAreThoseOfTheStageAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		started := make(chan struct{}, 2)
		named := func(name string, wait func(<-chan struct{})) pipeline.Stage {
			return pipeline.Handle(func(_ context.Context, n number, out *pipeline.Emitter) error {
				if err := out.Push(n); err != nil {
					return err
				}
				go func() { started <- struct{}{}; wait(release) }()
				<-release
				return nil
			}, pipeline.Named(name))
		}
		run := func(wait func(<-chan struct{})) (failures []pipeline.Failure) {
			sink := pipelinetest.NewSink()
			err := pipeline.New(pipelinetest.Source(pipelinetest.Script{number{}}), named("same", wait), sink).With(pipeline.WithID(`the "same"`),
				pipeline.WithWatchdog(10*time.Second), pipeline.WithLogger(quiet), pipeline.WithDrainTimeout(time.Hour)).Run(t.Context())
			if err != nil {
				t.Error(err)
			}
			return pipelinetest.Of[pipeline.Failure](sink.Frames())
		}
		var one, other []pipeline.Failure
		both := make(chan struct{}, 2)
		go func() { one = run(waitHere); both <- struct{}{} }()
		go func() { other = run(waitThere); both <- struct{}{} }()
		<-started
		<-started
		time.Sleep(time.Minute)
		close(release)
		<-both
		<-both
		for _, tt := range []struct {
			failures   []pipeline.Failure
			has, lacks string
		}{{one, "waitHere", "waitThere"}, {other, "waitThere", "waitHere"}} {
			var held *pipeline.HeldError
			if len(tt.failures) != 1 || !errors.As(tt.failures[0].Err, &held) || !strings.Contains(held.Stack, tt.has) ||
				strings.Contains(held.Stack, tt.lacks) || !strings.Contains(held.Stack, "func1") {
				t.Errorf("failures %v, want one with %s in its stacks and without %s: %+v", tt.failures, tt.has, tt.lacks, held)
			}
		}
	})
}

//go:noinline
func waitHere(c <-chan struct{}) { <-c }

//go:noinline
func waitThere(c <-chan struct{}) { <-c }
