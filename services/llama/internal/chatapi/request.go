package chatapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/parley-voice/parley/services/llama/internal/engine"
)

// request is what is understood of a chat completion request. Other members are ignored, as most servers do.
type request struct {
	Messages    []message `json:"messages"`
	Stream      bool      `json:"stream"`
	MaxTokens   *int      `json:"max_tokens"`
	MaxNew      *int      `json:"max_completion_tokens"`
	Temperature *float64  `json:"temperature"`
	MinP        *float64  `json:"min_p"`
	TopK        *int      `json:"top_k"`
	Repeat      *float64  `json:"repeat_penalty"`
	Frequency   *float64  `json:"frequency_penalty"`
	Presence    *float64  `json:"presence_penalty"`
	Sentences   *int      `json:"max_sentences"`
	Seed        *uint32   `json:"seed"`
	Options     struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

type message struct {
	Role    string  `json:"role"`
	Content content `json:"content"`
}

// content is text: a string, null, or a list of parts of which the texts are taken.
type content string

// UnmarshalJSON reads any of the three shapes.
func (c *content) UnmarshalJSON(data []byte) error {
	var text *string
	if json.Unmarshal(data, &text) == nil {
		if text != nil {
			*c = content(*text)
		}
		return nil
	}
	var parts []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(data, &parts); err != nil {
		return fmt.Errorf("content must be text or a list of text parts")
	}
	var b strings.Builder
	for _, p := range parts {
		if p.Type != "text" {
			return fmt.Errorf("this model takes no content of type %q, only text", p.Type)
		}
		b.WriteString(p.Text)
	}
	*c = content(b.String())
	return nil
}

// parse reads a request. Its error is fit for the client.
func parse(body []byte, defaults engine.Sampling) (request, engine.Request, error) {
	var r request
	if err := json.Unmarshal(body, &r); err != nil {
		return r, engine.Request{}, fmt.Errorf("the request is not a chat completion request: %w", err)
	}
	out := engine.Request{Sampling: defaults}
	for i, m := range r.Messages {
		role := m.Role
		switch role {
		case "system", "user", "assistant":
		case "developer":
			role = "system"
		case "tool": // a small model knows no such role; the result reads well enough as something that was said
			role = "user"
		default:
			return r, out, fmt.Errorf("message %d has the unknown role %q", i, m.Role)
		}
		if m.Content != "" {
			out.Messages = append(out.Messages, engine.Message{Role: role, Text: string(m.Content)})
		}
	}
	if len(out.Messages) == 0 {
		return r, out, fmt.Errorf("the request has no message with any text")
	}
	return r, out, r.sampling(&out.Sampling)
}

// sampling applies what the request says of it.
func (r request) sampling(s *engine.Sampling) error {
	for _, f := range []struct {
		name     string
		from     *float64
		to       *float64
		min, max float64
	}{
		{"temperature", r.Temperature, &s.Temperature, 0, 5},
		{"min_p", r.MinP, &s.MinP, 0, 1},
		{"repeat_penalty", r.Repeat, &s.RepeatPenalty, 0.1, 10},
		{"frequency_penalty", r.Frequency, &s.FrequencyPenalty, -2, 2},
		{"presence_penalty", r.Presence, &s.PresencePenalty, -2, 2},
	} {
		if f.from == nil {
			continue
		}
		if *f.from < f.min || *f.from > f.max {
			return fmt.Errorf("%s is %g and must be from %g to %g", f.name, *f.from, f.min, f.max)
		}
		*f.to = *f.from
	}
	limit := r.MaxTokens
	if r.MaxNew != nil {
		limit = r.MaxNew
	}
	for _, n := range []struct {
		name string
		from *int
		to   *int
		min  int
	}{
		{"max_tokens", limit, &s.MaxTokens, 1},
		{"top_k", r.TopK, &s.TopK, 0},
		{"max_sentences", r.Sentences, &s.MaxSentences, 0},
	} {
		if n.from == nil {
			continue
		}
		if *n.from < n.min || *n.from > 1<<20 {
			return fmt.Errorf("%s is %d and must be from %d to %d", n.name, *n.from, n.min, 1<<20)
		}
		*n.to = *n.from
	}
	if r.Seed != nil {
		s.Seed = *r.Seed
	}
	return nil
}
