package openai

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

func TestPicturesGoToModelsThatSee(t *testing.T) {
	said := services.Message{Role: services.User, Text: "What is this?", Images: []frame.Image{
		{MIMEType: "image/png", Data: []byte("one")}, {MIMEType: "image/jpeg", Data: []byte("two")},
	}}
	for _, tt := range []struct {
		name string
		opts []Option
		said services.Message
		want string
	}{
		{"sees", []Option{WithVision()}, said, `[{"type":"text","text":"What is this?"},
			{"type":"image_url","image_url":{"url":"data:image/png;base64,b25l"}},
			{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,dHdv"}}]`},
		{"sees, without words", []Option{WithVision()}, services.Message{Role: services.User, Images: said.Images[:1]},
			`[{"type":"image_url","image_url":{"url":"data:image/png;base64,b25l"}}]`},
		{"sees, and the picture is only known", []Option{WithVision()}, services.Message{Role: services.User, Text: "Hello",
			Images: []frame.Image{{MIMEType: "image/png", Ref: "1"}}}, `"Hello"`},
		{"does not see", nil, said, `"What is this?"`},
		{"sees, and there are none", []Option{WithVision()}, services.Message{Role: services.User, Text: "Hello"}, `"Hello"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var body struct {
				Messages []struct {
					Content any `json:"content"`
				} `json:"messages"`
			}
			answer := fixture(t, "text.sse")
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				answer(w, r)
			})
			if r := collect(limited(t), f.llm(t, tt.opts...), tt.said); r.err != nil {
				t.Fatal(r.err)
			}
			var want any
			if err := json.Unmarshal([]byte(tt.want), &want); err != nil {
				t.Fatal(err)
			}
			if len(body.Messages) != 1 {
				t.Fatalf("%d messages", len(body.Messages))
			}
			if d := cmp.Diff(want, body.Messages[0].Content); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}
