package whatsapp_test

import (
	"context"
	"errors"
	"testing"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// A model that fails again and again is an issue, until it answers.
func TestHealthTellsThatTheModelIsGoneAndBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := &model{answer: func(last string) (string, error) {
		switch last {
		case "fail":
			return "", errors.New("no answer from the model sk-0123456789abcdef0123")
		case "break off":
			return "Half of it", errors.New("the line was cut")
		}
		return "You said: " + last, nil
	}}
	r.bot.OnMessage(writes(m))
	say := func(text string, failures int, down bool) {
		t.Helper()
		r.write(ada, text)
		r.await(func(h whatsapp.Health) bool { return h.Answering == 0 && h.Counts["messages"] > 0 })
		h := r.health()
		if h.Model.FailuresInARow != failures || hasIssue(h, "the language model has failed") != down || (h.Status == "degraded") != down {
			t.Errorf("after %q: %+v %q", text, h.Model, h.Issues)
		}
	}
	say("one", 0, false)
	say("fail", 1, false)
	say("break off", 2, false)
	say("fail", 3, true)
	if h := r.health(); !hasIssue(h, "failed 3 times in a row: no answer from the model [...]; the log") || h.Model.LastErrorAt == nil {
		t.Errorf("issues: %q", h.Issues)
	}
	say("two", 0, false)
}

// So it is in calls.
func TestHealthTellsThatTheModelIsGoneInCalls(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := &model{answer: func(last string) (string, error) {
		if last == "fail" {
			return "", errors.New("no answer")
		}
		return "You said: " + last, nil
	}}
	turns := make(chan string, 8)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		asks := pipeline.StageFunc(func(w *pipeline.Wiring) {
			w.Name("asks")
			pipeline.Makes[frame.UserTurn](w)
			w.OnStart(func(_ context.Context, out *pipeline.Emitter) error {
				go func() { // ends with the call
					for {
						select {
						case text := <-turns:
							_ = out.Push(frame.UserTurn{Text: text, Via: "call"})
						case <-out.Context().Done():
							return
						}
					}
				}()
				return nil
			})
		})
		return pipeline.New(c.Input(), asks, processors.LLM(m, c.Conversation()), processors.TTS(voice(16000, nil)), c.Output()).Run(ctx)
	})
	call := r.answered(ada)
	for range 3 {
		turns <- "fail"
	}
	r.await(func(h whatsapp.Health) bool { return hasIssue(h, "failed 3 times in a row: no answer") })
	turns <- "Hi"
	r.await(func(h whatsapp.Health) bool { return h.Model.FailuresInARow == 0 && h.Status == "active" })
	must(t, call.HangUp(r.ctx()))
}
