package auto

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/llama"
	"github.com/parley-voice/parley/services/openai"
)

// Brain is the language model that was chosen. It is safe for concurrent use.
type Brain struct {
	*openai.LLM
	engine Engine
	prompt string
	server *llama.Server // nil if the model is not this program's
}

var _ services.LLM = (*Brain)(nil)

// Engine says what serves.
func (b *Brain) Engine() Engine { return b.engine }

// SystemPrompt is the system message that suits the model best, or "" if any does.
func (b *Brain) SystemPrompt() string { return b.prompt }

// Close ends the model's process, if it is this program's, and its connections.
func (b *Brain) Close() error {
	err := b.LLM.Close()
	if b.server != nil {
		err = b.server.Close()
	}
	return err
}

// LLM chooses the language model, starts it if need be, and tells the log. ctx bounds the choice and the start; the
// caller closes the brain.
func LLM(ctx context.Context, cfg Config) (*Brain, error) {
	b, err := cfg.choose(ctx)
	if err != nil {
		return nil, err
	}
	if b.engine.Demo {
		cfg.log().Warn("language model: " + b.engine.String() +
			"; set OPENAI_API_KEY, run Ollama, or set PARLEY_LLM=gguf:PATH for a better one")
	} else {
		cfg.log().Info("language model: " + b.engine.String())
	}
	return b, nil
}

func (c Config) choose(ctx context.Context) (*Brain, error) {
	kind, arg, _ := strings.Cut(strings.TrimSpace(c.LLM), ":")
	switch {
	case kind == "" && (c.OpenAIKey != "" || c.OpenAIBaseURL != ""), kind == "openai" && arg == "":
		return c.openai(ctx)
	case kind == "":
		if name, err := c.findOllama(ctx, ""); err == nil {
			return c.ollama(name)
		}
		return c.local(ctx, "")
	case kind == "ollama":
		name, err := c.findOllama(ctx, arg)
		if err != nil {
			return nil, err
		}
		return c.ollama(name)
	case kind == "smollm2" && arg == "":
		return c.local(ctx, "")
	case kind == "gguf" && arg != "":
		return c.local(ctx, arg)
	case kind == "none" && arg == "":
		return nil, ErrNoLLM
	}
	return nil, fmt.Errorf(`%w: PARLEY_LLM is %q; it can be openai, ollama, ollama:MODEL, smollm2, gguf:PATH or none`, ErrSpec, c.LLM)
}

// localPatience is how long the words of a local model may take. It takes a tenth of a second, but the machine may have
// other work.
const localPatience = 15 * time.Second

// local runs a model on this machine: the demonstration model if no path is given.
func (c Config) local(ctx context.Context, path string) (*Brain, error) {
	opts := []llama.Option{llama.WithLogger(c.log())}
	if path != "" {
		opts = append(opts, llama.WithModel(path))
	}
	if c.SystemPrompt != "" {
		opts = append(opts, llama.WithSystemPrompt(c.SystemPrompt))
	}
	server, err := llama.Start(ctx, opts...)
	if err != nil {
		return nil, fmt.Errorf("%w (no local model; OPENAI_API_KEY, OPENAI_BASE_URL or an Ollama on this machine would serve too)", err)
	}
	b := &Brain{server: server, engine: Engine{Name: "llama", Model: server.Model(), Local: true}}
	if path == "" {
		b.engine.Name, b.engine.Demo, b.prompt = "smollm2", true, llama.DemoPrompt
	} else {
		b.engine.Model = filepath.Base(path)
	}
	if b.LLM, err = openai.New(server.Model(), openai.WithBaseURL(server.BaseURL()), openai.WithLogger(c.log()),
		openai.WithTimeouts(openai.Timeouts{FirstToken: localPatience, BetweenTokens: localPatience})); err != nil {
		server.Close()
		return nil, err
	}
	return b, nil
}
