package processors_test

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
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

// Pictures without an id are for the request of their turn; the ids of what was said stay with the conversation, on both sides.
func TestRefsAreKeptAndPicturesAreNot(t *testing.T) {
	var asked []services.Request
	model := services.LLMFunc(func(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
		asked = append(asked, r)
		return func(yield func(services.Delta, error) bool) { yield(services.Delta{Text: "A cat."}, nil) }
	})
	picture := []frame.Image{{MIMEType: "image/png", Data: []byte("cat")}}
	c := conversation.New()
	sent := pipeline.Handle(func(_ context.Context, f frame.ResponseEnd, out *pipeline.Emitter) error {
		_ = out.Push(frame.Playback{ID: f.ID, State: frame.PlaybackDone, Heard: "A cat.", Refs: []string{"out1", "out2"}})
		return out.Push(f)
	})
	synctest.Test(t, func(t *testing.T) {
		pipelinetest.Run(t, pipelinetest.Script{
			frame.UserTurn{Text: "What is it? [picture]", Via: "text", Refs: []string{"in1"}, Images: picture},
			time.Second,
			frame.UserTurn{Text: "Are you sure?", Via: "voice", Refs: []string{"in2"}},
			time.Second,
		}, processors.LLM(model, c), sent)
	})
	if len(asked) != 2 {
		t.Fatalf("asked %d times", len(asked))
	}
	if d := cmp.Diff(picture, asked[0].Messages[0].Images); d != "" {
		t.Errorf("pictures of the first request (-want +got):\n%s", d)
	}
	for _, m := range asked[1].Messages {
		if len(m.Images) > 0 {
			t.Error("the second request still has the picture")
		}
	}
	b, err := json.Marshal(c.Snapshot().Messages)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"refs":["in1"]`, `"refs":["out1","out2"]`, `"refs":["in2"]`, `"via":"voice"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the conversation has no %s: %s", want, b)
		}
	}
}
