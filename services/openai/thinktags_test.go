package openai

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services"
)

func TestReasoningInTheAnswer(t *testing.T) {
	for _, tt := range []struct{ name, text, reasoning, answer string }{
		{"none", "Hello <think> you </think>.", "", "Hello <think> you </think>."},
		{"some", "\n<think>\nHm, 2 < 3.\n</think>\n\nThree.", "\nHm, 2 < 3.\n", "Three."},
		{"only", "<think>Hm", "Hm", ""},
		{"cut tag", "<think>Hm</thin", "Hm</thin", ""},
		{"almost a tag", "<thin air", "", "<thin air"},
		{"nothing", "", "", ""},
		{"white space", " \n", "", " \n"},
		{"twice", "<think>a</think>b<think>c</think>", "a", "b<think>c</think>"},
	} {
		for size := 1; size <= len(tt.text)+1; size++ { // in pieces of any size
			if reasoning, answer := split(tt.text, size); reasoning != tt.reasoning || answer != tt.answer {
				t.Errorf("%s in pieces of %d: reasoning %q, answer %q", tt.name, size, reasoning, answer)
			}
		}
	}
}

// split gives a text to thinkTags in pieces.
func split(text string, size int) (reasoning, answer string) {
	var tags thinkTags
	var deltas []services.Delta
	for rest := text; rest != ""; {
		n := min(size, len(rest))
		deltas = append(deltas, tags.add(rest[:n])...)
		rest = rest[n:]
	}
	for _, d := range append(deltas, tags.finish()...) {
		reasoning += d.Reasoning
		answer += d.Text
	}
	return reasoning, answer
}

// However the text comes in pieces, the same is found, and nothing is lost but the tags and white space.
func FuzzThinkTags(f *testing.F) {
	f.Add("<think>a</think>b", 3)
	f.Add("  <thi", 1)
	f.Fuzz(func(t *testing.T, text string, size int) {
		if size < 1 || len(text) > 10_000 {
			return
		}
		reasoning, answer := split(text, size)
		if r, a := split(text, len(text)+1); r != reasoning || a != answer {
			t.Errorf("%q in pieces of %d: %q and %q, want %q and %q", text, size, reasoning, answer, r, a)
		}
		if !strings.Contains(text, reasoning) || !strings.HasSuffix(text, answer) {
			t.Errorf("%q becomes %q and %q", text, reasoning, answer)
		}
	})
}

func TestReasoningOfServers(t *testing.T) {
	for name, stream := range map[string]string{
		"reasoning_content": `{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}`,
		"reasoning":         `{"choices":[{"index":0,"delta":{"reasoning":"Hm"}}]}`,
		"thinking":          `{"choices":[{"index":0,"delta":{"thinking":"Hm"}}]}`,
		"tags":              `{"choices":[{"index":0,"delta":{"content":"<think>Hm</think>"}}]}`,
	} {
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\ndata: %s\n\ndata: [DONE]\n\n", stream, `{"choices":[{"index":0,"delta":{"content":"Yes."}}]}`)
		})
		var got services.Delta
		for d, err := range f.llm(t).Generate(limited(t), services.Request{Messages: []services.Message{{Role: services.User, Text: "?"}}}) {
			if err != nil {
				t.Fatal(err)
			}
			got.Text += d.Text
			got.Reasoning += d.Reasoning
		}
		if got.Text != "Yes." || got.Reasoning != "Hm" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
