package auto

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/parley-voice/parley/services/openai"
)

const (
	// ollamaPort is where Ollama listens unless it is told otherwise.
	ollamaPort = "11434"
	// probeTime is how long a program waits to learn that no Ollama runs. On loopback, one that runs answers within
	// a few milliseconds.
	probeTime = 500 * time.Millisecond
	// coldStart is how long Ollama may take to load a model into memory before its first token.
	coldStart = time.Minute
)

// ollama uses a model of the Ollama on this machine, through its OpenAI-compatible endpoint.
func (c Config) ollama(model string) (*Brain, error) {
	opts := []openai.Option{openai.WithBaseURL(c.ollamaURL() + "/v1"), openai.WithLogger(c.log()),
		openai.WithTimeouts(openai.Timeouts{FirstToken: coldStart, Total: 2 * coldStart}),
		openai.WithField("reasoning_effort", "none")} // nobody waits on the telephone for a model to think
	if c.Pictures {
		opts = append(opts, openai.WithVision())
	}
	llm, err := openai.New(model, opts...)
	if err != nil {
		return nil, fmt.Errorf("auto: OLLAMA_HOST: %w", err)
	}
	return &Brain{LLM: llm, engine: Engine{Name: "ollama", Model: model, Server: llm.Server(), Local: isLoopback(llm.Server())}}, nil
}

// ollamaURL makes an address of OLLAMA_HOST, which may lack the scheme or the port, or be the address of all
// interfaces.
func (c Config) ollamaURL() string {
	host := strings.TrimRight(strings.TrimSpace(c.OllamaHost), "/")
	scheme := "http"
	if s, rest, ok := strings.Cut(host, "://"); ok {
		scheme, host = s, rest
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), ollamaPort
	}
	switch name {
	case "", "0.0.0.0", "::":
		name = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(name, port)
}

// ollamaModel is what Ollama tells of an installed model.
type ollamaModel struct {
	Name     string    `json:"name"`
	Modified time.Time `json:"modified_at"`
	Details  struct {
		Family   string   `json:"family"`
		Families []string `json:"families"`
	} `json:"details"`
}

// findOllama returns the model to use: the one that is asked for, else one that is in memory already, else the one
// that was installed last.
func (c Config) findOllama(ctx context.Context, want string) (string, error) {
	url := c.ollamaURL()
	var installed, loaded struct {
		Models []ollamaModel `json:"models"`
	}
	if err := getJSON(ctx, url+"/api/tags", "", probeTime, &installed); err != nil {
		return "", fmt.Errorf("%w: nothing answers as Ollama at %s (%w); start it with `ollama serve`", ErrNoOllama, url, err)
	}
	if want != "" {
		for _, m := range installed.Models {
			if m.Name == want || m.Name == want+":latest" {
				return m.Name, nil
			}
		}
		return "", fmt.Errorf("%w: it has no model %q; fetch it with `ollama pull %s`", ErrNoOllama, want, want)
	}
	chat := slices.DeleteFunc(installed.Models, func(m ollamaModel) bool { return !m.chats() })
	if len(chat) == 0 {
		return "", fmt.Errorf("%w: it has no chat model; fetch one, such as with `ollama pull llama3.2:3b`", ErrNoOllama)
	}
	if err := getJSON(ctx, url+"/api/ps", "", probeTime, &loaded); err == nil {
		for _, m := range loaded.Models {
			if slices.ContainsFunc(chat, func(i ollamaModel) bool { return i.Name == m.Name }) {
				return m.Name, nil
			}
		}
	} else if ctx.Err() != nil {
		return "", errors.Join(ErrNoOllama, ctx.Err())
	}
	return slices.MaxFunc(chat, func(a, b ollamaModel) int { return a.Modified.Compare(b.Modified) }).Name, nil
}

// chats says whether a model talks; others only make vectors of texts.
func (m ollamaModel) chats() bool {
	for _, f := range append(m.Details.Families, m.Details.Family) {
		if strings.Contains(f, "bert") {
			return false
		}
	}
	return !strings.Contains(m.Name, "embed")
}
