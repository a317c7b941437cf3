package processors_test

import (
	"context"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// What turns out to be reasoning is not spoken any more, and an answer of nothing else is none.
func TestTextThatIsRetracted(t *testing.T) {
	for name, tt := range map[string]struct {
		answer []services.Delta
		want   []string
	}{
		"before an answer": {[]services.Delta{{Text: "Hm, two. Plus tw"}, {Retract: true}, {Text: "It is four."}}, []string{"Hm, two.", "It is four."}},
		"at the end":       {[]services.Delta{{Text: "Hm"}, {Retract: true}}, []string{"Sorry, say that again."}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				model := services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
					return func(yield func(services.Delta, error) bool) {
						for _, d := range tt.answer {
							if !yield(d, nil) {
								return
							}
						}
					}
				})
				var spoken []string
				pipelinetest.Run(t, pipelinetest.Script{frame.UserTurn{Text: "2 + 2?"}, 5 * time.Second},
					processors.LLM(model, conversation.New(), processors.WithApology("Sorry, say that again.")),
					processors.TTS(toneTTS()),
					stamp(func(f frame.AudioOut) {
						if f.Text != "" {
							spoken = append(spoken, f.Text)
						}
					}),
					pipeline.Handle(func(_ context.Context, f frame.Reasoning, _ *pipeline.Emitter) error {
						if !f.Retract {
							t.Errorf("reasoning %q", f.Text)
						}
						return nil
					}))
				if d := cmp.Diff(tt.want, spoken); d != "" {
					t.Errorf("spoken (-want +got):\n%s", d)
				}
			})
		})
	}
}
