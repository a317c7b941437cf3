package processors_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
)

// Pictures of earlier turns are seen again where they were said, as far as the turn brings them; of one that is gone the
// model is told for this turn alone. No request has pictures without their data.
func TestPicturesOfEarlierTurns(t *testing.T) {
	cat, dog := frame.Image{MIMEType: "image/png", Data: []byte("cat"), Ref: "1"}, frame.Image{MIMEType: "image/png", Data: []byte("dog"), Ref: "2"}
	gone := frame.Image{MIMEType: "image/png", Ref: "1"}
	var asked [][]string
	model := services.LLMFunc(func(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
		var lines []string
		for _, m := range r.Messages {
			line := m.Text
			for _, i := range m.Images {
				line += fmt.Sprintf(" <%s>", i.Data)
			}
			lines = append(lines, line)
		}
		asked = append(asked, lines)
		return func(yield func(services.Delta, error) bool) { yield(services.Delta{Text: "Fine."}, nil) }
	})
	var script pipelinetest.Script
	for _, turn := range []frame.UserTurn{
		{Text: "a cat", Images: []frame.Image{cat}},
		{Text: "a dog", Images: []frame.Image{dog, {MIMEType: "image/png", Data: []byte("bird")}}, Recalled: []frame.Image{cat}},
		{Text: "both?", Recalled: []frame.Image{dog, cat}},
		{Text: "the cat?", Recalled: []frame.Image{gone}},
		{Text: "the cat again", Images: []frame.Image{cat}, Recalled: []frame.Image{cat}},
		{Text: "none"},
	} {
		script = append(script, turn, time.Second)
	}
	c := conversation.New()
	synctest.Test(t, func(t *testing.T) { pipelinetest.Run(t, script, processors.LLM(model, c)) })
	want := [][]string{
		{"a cat <cat>"},
		{"a cat <cat>", "a dog <dog> <bird>"},
		{"a cat <cat>", "a dog <dog>", "both?"},
		{"a cat\n[A picture that came with this can no longer be seen]", "a dog", "both?", "the cat?"},
		{"a cat", "a dog", "both?", "the cat?", "the cat again <cat>"},
		{"a cat", "a dog", "both?", "the cat?", "the cat again", "none"},
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Errorf("what the model got (-want +got):\n%s", d)
	}
	kept := c.Snapshot().Messages
	if d := cmp.Diff([]frame.Image{{MIMEType: "image/png", Ref: "2"}}, kept[1].Images); d != "" {
		t.Errorf("what the conversation keeps (-want +got):\n%s", d)
	}
	if slices.ContainsFunc(kept, func(m services.Message) bool { return m.Text == want[3][0] }) {
		t.Error("what the model was told of a picture that is gone became part of the conversation")
	}
}
