package processors

import (
	"context"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

// Greet makes a stage that lets the bot speak first: it says the text when the session starts. It stands in front
// of LLM, which remembers what was heard of it. Without a text, the user begins.
func Greet(text string) pipeline.Stage {
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		w.Name("greet")
		pipeline.Makes[frame.Say](w)
		w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
			if text == "" {
				return nil
			}
			return out.Push(frame.Say{Text: text})
		})
	})
}
