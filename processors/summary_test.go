package processors_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
)

func TestSummarize(t *testing.T) {
	t.Parallel()
	broken := errors.New("the model is down")
	said := []services.Message{
		{Role: services.System, Text: "secret"},
		{Role: services.Assistant, Text: "Hello, this is the\nbakery."},
		{Role: services.User, Text: "Twelve rolls for Friday, please."},
		{Role: services.Tool, Text: "{}"},
		{Role: services.Assistant, Text: " "},
		{Role: services.Assistant, Text: "Twelve rolls, at eight", Interrupted: true},
	}
	for name, tt := range map[string]struct {
		said   []services.Message
		answer string
		fault  error
		want   string
		err    error
	}{
		"a call":         {said, " You ordered twelve rolls. \n", nil, "You ordered twelve rolls.", nil},
		"nobody spoke":   {said[:2], "unasked", nil, "", nil},
		"nothing at all": {nil, "unasked", nil, "", nil},
		"it fails":       {said, "You ord", broken, "", broken},
		"no words":       {said, " \n", nil, "", processors.ErrNoSummary},
	} {
		var asked services.Request
		model := services.LLMFunc(func(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
			asked = r
			return func(yield func(services.Delta, error) bool) {
				if yield(services.Delta{Text: tt.answer}, nil) && tt.fault != nil {
					yield(services.Delta{}, tt.fault)
				}
			}
		})
		got, err := processors.Summarize(t.Context(), model, tt.said)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if tt.want == "" {
			continue
		}
		transcript := "Assistant: Hello, this is the bakery.\nCaller: Twelve rolls for Friday, please.\nAssistant: Twelve rolls, at eight (interrupted)\n"
		if n := len(asked.Messages); n != 2 || !strings.Contains(asked.Messages[1].Text, transcript) || strings.Contains(asked.Messages[1].Text, "secret") {
			t.Errorf("%s: asked %+v", name, asked.Messages)
		}
	}
}

func ExampleSummarize() {
	model := services.LLMFunc(func(context.Context, services.Request) iter.Seq2[services.Delta, error] {
		return func(yield func(services.Delta, error) bool) {
			yield(services.Delta{Text: "You ordered twelve rolls for Friday."}, nil)
		}
	})
	text, err := processors.Summarize(context.Background(), model, []services.Message{
		{Role: services.User, Text: "Twelve rolls for Friday, please."},
		{Role: services.Assistant, Text: "Done!"},
	})
	fmt.Println(text, err)
	// Output: You ordered twelve rolls for Friday. <nil>
}
