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
		{"its end alone", "Hm, 2 < 3.\n</think>\n\nThree.", "Hm, 2 < 3.\n", "Three."},
		{"its end alone, in a line", "Hm.</think>Three.", "Hm.", "Three."},
		{"its end alone, twice", "a</think>b</think>c", "a", "b</think>c"},
		{"nothing but its end", "\n</think>\nThree.", "", "Three."},
		{"about the tag", "Write `</think>` at the end.</think>", "", "Write `</think>` at the end.</think>"},
		{"almost its end", "a </thin air", "", "a </thin air"},
		{"another name", "<thinking>a</think>b</thinking>c", "a</think>b", "c"},
		{"in capitals", "<THINK>a</Think>b", "a", "b"},
		{"one more name", " <Reasoning>\na < b</reasoning>\nc", "\na < b", "c"},
		{"the last name", "<thought>a</thought>b", "a", "b"},
		{"in brackets", "[THINK]a [1]</think>[/THINK]b [/THINK]", "a [1]</think>", "b [/THINK]"},
		{"brackets", "[1] is a note, [think", "", "[1] is a note, [think"},
		{"a longer word", "<thinker>a</thinker>b", "", "<thinker>a</thinker>b"},
		{"with a long s", "<rea\u017foning>a", "", "<rea\u017foning>a"},
		{"behind the first word", "So <thinking>a</thinking>b", "", "So <thinking>a</thinking>b"},
		{"the end of another name alone", "Hm</thinking>Three.", "Hm", "Three."},
		{"a tag of HTML", "<b>a</b> <table>", "", "<b>a</b> <table>"},
		{"almost two names", "<think", "", "<think"},
		{"twice", "<think>a</think>b<think>c</think>", "a", "b<think>c</think>"},
	} {
		for size := 1; size <= len(tt.text)+1; size++ { // in pieces of any size
			if reasoning, answer := split(thinkTags{}, tt.text, size); reasoning != tt.reasoning || answer != tt.answer {
				t.Errorf("%s in pieces of %d: reasoning %q, answer %q", tt.name, size, reasoning, answer)
			}
		}
	}
}

// A model whose answers begin with reasoning that it does not mark: nothing of it is text before the tag.
func TestReasoningFirst(t *testing.T) {
	for _, tt := range []struct{ name, text, reasoning, answer string }{
		{"without its beginning", "Hm.\n</think>\n\nThree.", "Hm.\n", "Three."},
		{"with its beginning", "<think>Hm.</think>Three.", "Hm.", "Three."},
		{"nothing but its end", "\n</think>\n\nThree.", "", "Three."},
		{"none at all", "Three.", "Three.", "Three."}, // which is only known at the end
		{"nothing", "", "", ""},
	} {
		for size := 1; size <= len(tt.text)+1; size++ {
			if reasoning, answer := split(thinkTags{first: true}, tt.text, size); reasoning != tt.reasoning || answer != tt.answer {
				t.Errorf("%s in pieces of %d: reasoning %q, answer %q", tt.name, size, reasoning, answer)
			}
		}
	}
	cut := thinkTags{first: true}
	cut.add("Hm, that is difficult.")
	if out := cut.finish(true); out != nil {
		t.Errorf("reasoning that is cut becomes the answer %v", out)
	}
}

// split gives a text to thinkTags in pieces.
func split(tags thinkTags, text string, size int) (reasoning, answer string) {
	var deltas []services.Delta
	for rest := text; rest != ""; {
		n := min(size, len(rest))
		deltas = append(deltas, tags.add(rest[:n])...)
		rest = rest[n:]
	}
	for _, d := range append(deltas, tags.finish(false)...) {
		if d.Retract {
			reasoning, answer = reasoning+answer, ""
		}
		reasoning += d.Reasoning
		answer += d.Text
	}
	return reasoning, answer
}

// However the text comes in pieces, the same is found, and nothing is lost but the tags and white space.
func FuzzThinkTags(f *testing.F) {
	f.Add("<think>a</think>b", 3)
	f.Add("  <thi", 1)
	f.Add("a</think>b`</think>", 2)
	f.Add("<THINKING>a</think>b</Thinking>c", 4)
	f.Add("<rea\u017foning>\u212a<", 5)
	f.Fuzz(func(t *testing.T, text string, size int) {
		if size < 1 || len(text) > 10_000 {
			return
		}
		reasoning, answer := split(thinkTags{}, text, size)
		if r, a := split(thinkTags{}, text, len(text)+1); r != reasoning || a != answer {
			t.Errorf("%q in pieces of %d: %q and %q, want %q and %q", text, size, reasoning, answer, r, a)
		}
		if !strings.Contains(text, reasoning) || !strings.HasSuffix(text, answer) {
			t.Errorf("%q becomes %q and %q", text, reasoning, answer)
		}
	})
}

func TestReasoningOfServers(t *testing.T) {
	answers := []string{`{"choices":[{"index":0,"delta":{"content":"Yes."}}]}`,
		`{"choices":[{"index":0,"delta":{"content":[{"type":"text","text":"Ye"},{"type":"text","text":"s."}]}}]}`}
	n := 0
	for name, stream := range map[string]string{
		"reasoning_content": `{"choices":[{"index":0,"delta":{"reasoning_content":"Hm"}}]}`,
		"reasoning":         `{"choices":[{"index":0,"delta":{"reasoning":"Hm"}}]}`,
		"thinking":          `{"choices":[{"index":0,"delta":{"thinking":"Hm"}}]}`,
		"tags":              `{"choices":[{"index":0,"delta":{"content":"<think>Hm</think>"}}]}`,
		"parts":             `{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"H"},{"type":"text","text":"m"}]}]}}]}`,
		"parts of text":     `{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":"Hm"},{"type":"image_url","image_url":"x"},7,null]}}]}`,
		"one part":          `{"choices":[{"index":0,"delta":{"content":{"type":"thinking","thinking":"Hm"}}}]}`,
		"no opening tag":    `{"choices":[{"index":0,"delta":{"content":"Hm</think>"}}]}`,
	} {
		answer := answers[n%2]
		n++
		f := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			fmt.Fprintf(w, "data: %s\n\ndata: %s\n\ndata: [DONE]\n\n", stream, answer)
		})
		var got services.Delta
		for d, err := range f.llm(t).Generate(limited(t), services.Request{Messages: []services.Message{{Role: services.User, Text: "?"}}}) {
			if err != nil {
				t.Fatal(err)
			}
			if d.Retract {
				got = services.Delta{Reasoning: got.Reasoning + got.Text}
			}
			got.Text += d.Text
			got.Reasoning += d.Reasoning
		}
		if got.Text != "Yes." || got.Reasoning != "Hm" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
