package pipelinetest_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type question struct {
	pipeline.Durable
	Text string
}

type answer struct {
	pipeline.Response
	Text string
}

// oracle answers after twenty seconds of thought.
func oracle() pipeline.Stage {
	return pipeline.Handle(func(ctx context.Context, q question, out *pipeline.Emitter) error {
		select {
		case <-time.After(20 * time.Second):
			return out.Push(answer{Text: q.Text + " is 42"})
		case <-ctx.Done():
			return ctx.Err()
		}
	}, pipeline.Making[answer]())
}

// A stage is tested alone: frames and gaps of virtual time in, exact frames out.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, pipelinetest.Script{
			question{Text: "six times seven"}, 10 * time.Second,
			func(out *pipeline.Emitter) { out.Interrupt("too slow") },
			question{Text: "the answer"},
		}, oracle())
		if answers := pipelinetest.Of[answer](got); len(answers) != 1 || answers[0].Text != "the answer is 42" {
			t.Errorf("answers: %v", answers)
		}
	})
}

func TestAScriptWithAStepThatIsNoneIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		if _, err := pipelinetest.RunErr(t, pipelinetest.Script{"hello"}, oracle()); err == nil {
			t.Error("a string was taken as a step")
		}
	})
}

func ExampleSource() {
	sink := pipelinetest.NewSink()
	echo := pipeline.Map(func(_ context.Context, q question) (answer, error) { return answer{Text: q.Text}, nil })
	if err := pipeline.New(pipelinetest.Source(pipelinetest.Script{question{Text: "hello"}}), echo, sink).Run(context.Background()); err != nil {
		fmt.Println(err)
	}
	for _, a := range pipelinetest.Of[answer](sink.Frames()) {
		fmt.Println(a.Text)
	}
	// Output:
	// hello
}
