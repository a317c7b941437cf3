package pipeline_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestInterruptLeavesAHeldGenerationAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pipelinetest.Run(t, pipelinetest.Script{time.Millisecond, func(out *pipeline.Emitter) {
			live := out.Generation()
			g, err := out.Speculate(number{N: 1})
			if err != nil {
				t.Fatal(err)
			}
			out.Interrupt("cough")
			if live.State() != pipeline.Dead || g.State() != pipeline.Held {
				t.Errorf("live is %v, held is %v", live.State(), g.State())
			}
			if !out.Commit(g) || out.Generation() != g || g.State() != pipeline.Live {
				t.Errorf("after Commit the current generation is %d in state %v", out.Generation().ID(), g.State())
			}
			if _, err := out.Speculate(word{}); err == nil {
				t.Error("a Response was taken as the beginning of a generation")
			}
		}})
	})
}

func TestDiscardKillsTheGuessAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var causes []string
		talker := pipeline.Handle(func(ctx context.Context, n number, out *pipeline.Emitter) error {
			<-ctx.Done()
			causes = append(causes, context.Cause(ctx).Error())
			return out.Push(word{Text: "never"})
		}, pipeline.Making[word]())
		got := pipelinetest.Run(t, pipelinetest.Script{
			time.Millisecond,
			func(out *pipeline.Emitter) {
				g, _ := out.Speculate(number{N: 2})
				time.Sleep(time.Second)
				if !out.Discard(g) || out.Discard(g) || out.Commit(g) {
					t.Error("Discard must work once, and Commit not behind it")
				}
			},
			word{Text: "live"},
		}, talker)
		if diff := cmp.Diff([]word{{Text: "live"}}, pipelinetest.Of[word](got)); diff != "" {
			t.Errorf("words (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"discarded"}, causes); diff != "" {
			t.Errorf("causes (-want +got):\n%s", diff)
		}
		if n := len(pipelinetest.Of[pipeline.Interrupted](got)); n != 0 {
			t.Errorf("%d interruptions were told, want none", n)
		}
	})
}

func TestCommitKillsWhatWasCurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, pipelinetest.Script{
			time.Millisecond,
			func(out *pipeline.Emitter) {
				old := out.Generation()
				out.Pause()
				g, _ := out.Speculate(number{N: 1})
				if !out.Commit(g) || old.State() != pipeline.Dead {
					t.Errorf("the paused generation is %v", old.State())
				}
			},
		})
		if c := pipelinetest.Of[pipeline.Committed](got); len(c) != 1 || c[0].Generation != 2 {
			t.Errorf("Committed: %v, want one of generation 2", c)
		}
	})
}
