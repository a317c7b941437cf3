package auto

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/parley-voice/parley/services/openai"
)

// defaultModel is what OpenAI itself is asked for if no model is named: small, quick and good at following.
const defaultModel = "gpt-4o-mini"

// askTime bounds the questions that are put to a server before it is used.
const askTime = 3 * time.Second

// openai uses the server that the OPENAI_ variables name.
func (c Config) openai(ctx context.Context) (*Brain, error) {
	if c.OpenAIKey == "" && c.OpenAIBaseURL == "" {
		return nil, fmt.Errorf("%w: PARLEY_LLM is %q, but neither OPENAI_API_KEY nor OPENAI_BASE_URL is set", ErrSpec, c.LLM)
	}
	opts := []openai.Option{openai.WithAPIKey(c.OpenAIKey), openai.WithLogger(c.log())}
	if c.Pictures {
		opts = append(opts, openai.WithVision())
	}
	if c.ThinkingFirst {
		opts = append(opts, openai.WithThinkingFirst())
	}
	model := c.OpenAIModel
	if c.OpenAIBaseURL != "" {
		opts = append(opts, openai.WithBaseURL(c.OpenAIBaseURL))
		if model == "" {
			model = c.onlyModel(ctx)
		}
	}
	if model == "" {
		model = defaultModel
	}
	llm, err := openai.New(model, opts...)
	if err != nil {
		return nil, fmt.Errorf("auto: OPENAI_BASE_URL: %w", err)
	}
	warm, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := llm.Warm(warm); errors.Is(err, openai.ErrUnauthorized) {
		llm.Close()
		return nil, fmt.Errorf("auto: OPENAI_API_KEY: %w", err)
	} else if err != nil && ctx.Err() == nil { // it may come up before the first call does
		c.log().Warn("language model: no answer yet from the server", "err", err)
	}
	return &Brain{LLM: llm, engine: Engine{Name: "openai", Model: model, Server: llm.Server(), Local: isLoopback(llm.Server())}}, nil
}

// onlyModel asks a server for its models and returns the name if there is but one, as with most local servers.
func (c Config) onlyModel(ctx context.Context) string {
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	url := strings.TrimRight(c.OpenAIBaseURL, "/") + "/models"
	if err := getJSON(ctx, url, c.OpenAIKey, askTime, &list); err != nil || len(list.Data) != 1 {
		c.log().Warn("language model: OPENAI_MODEL is not set and the server does not tell of just one", "using", defaultModel)
		return ""
	}
	return list.Data[0].ID
}

// isLoopback says whether a server is on this machine.
func isLoopback(server string) bool {
	req, err := http.NewRequest(http.MethodGet, server, nil)
	if err != nil {
		return false
	}
	host := req.URL.Hostname()
	return host == "localhost" || host == "::1" || strings.HasPrefix(host, "127.")
}
