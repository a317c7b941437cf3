package trace_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/pipeline/trace"
)

func ExampleTrace() {
	var t trace.Trace
	reader := pipeline.Handle(func(context.Context, question, *pipeline.Emitter) error { return nil }, pipeline.Named("reader"))
	_ = pipeline.New(pipelinetest.Source(pipelinetest.Script{question{}}), reader).With(pipeline.WithObserver(&t)).Run(context.Background())
	var out strings.Builder
	_ = t.WriteText(&out)
	fmt.Println(strings.Fields(strings.Split(out.String(), "\n")[1])[1:4])
	// Output:
	// [reader question 1]
}
