package chatapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/parley-voice/parley/services/llama/internal/engine"
)

// stream answers with server-sent events.
type stream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	model string
	usage bool
	begun bool
	buf   bytes.Buffer
}

type chunk struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index  int     `json:"index"`
	Delta  delta   `json:"delta"`
	Finish *string `json:"finish_reason"`
}

type delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

func usageOf(r engine.Result) *usage {
	return &usage{r.PromptTokens, r.Tokens, r.PromptTokens + r.Tokens}
}

func (s *stream) text(text string) error {
	return s.send(chunk{Choices: []choice{{Delta: delta{Content: text}}}})
}

// end writes the last events: who reads them may ask again at once.
func (s *stream) end(r engine.Result) {
	s.add(chunk{Choices: []choice{{Finish: &r.Finish}}})
	if s.usage {
		s.add(chunk{Choices: []choice{}, Usage: usageOf(r)})
	}
	s.buf.WriteString("data: [DONE]\n\n")
	s.write()
}

// fail answers with a status as long as nothing was sent, and with an error event after that.
func (s *stream) fail(status int, kind, message string) {
	if !s.begun {
		fail(s.w, status, kind, message)
		return
	}
	data, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": kind}})
	s.buf.WriteString("data: ")
	s.buf.Write(data)
	s.buf.WriteString("\n\n")
	s.write()
}

func (s *stream) send(c chunk) error {
	s.add(c)
	return s.write()
}

func (s *stream) add(c chunk) {
	c.ID, c.Object, c.Created, c.Model = "chatcmpl-local", "chat.completion.chunk", time.Now().Unix(), s.model
	if !s.begun && len(c.Choices) > 0 {
		c.Choices[0].Delta.Role = "assistant"
	}
	data, _ := json.Marshal(c)
	s.buf.WriteString("data: ")
	s.buf.Write(data)
	s.buf.WriteString("\n\n")
}

// write sends what was added, at once.
func (s *stream) write() error {
	if !s.begun {
		s.begun = true
		s.w.Header().Set("Content-Type", "text/event-stream")
		s.w.Header().Set("Cache-Control", "no-cache")
	}
	_, err := s.w.Write(s.buf.Bytes())
	s.buf.Reset()
	if err != nil {
		return err
	}
	return s.flush.Flush()
}
