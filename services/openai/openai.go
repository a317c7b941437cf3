package openai

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	sdk "github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/parley-voice/parley/services"
)

// LLM is a model at a server. It is safe for concurrent use; one serves all sessions of a process.
type LLM struct {
	model  string
	server string // base URL without credentials, for errors and logs
	base   *url.URL
	cfg    config
	client *http.Client
	chat   sdk.ChatCompletionService
	// newNames says that the server wants max_completion_tokens where others only know max_tokens.
	newNames bool
}

var _ services.LLM = (*LLM)(nil)

// New returns an LLM that asks for the given model. It reads nothing from the environment and connects only when
// it is first used; see Warm.
func New(model string, opts ...Option) (*LLM, error) {
	cfg := config{baseURL: DefaultBaseURL, retries: 2, usage: true, log: slog.Default()}
	for _, o := range opts {
		o(&cfg)
	}
	cfg.timeouts = cfg.timeouts.withDefaults()
	if model == "" {
		return nil, fmt.Errorf("openai: no model given; name one that the server has, such as %q", "gpt-4o-mini")
	}
	base, err := parseBase(cfg.baseURL)
	if err != nil {
		return nil, err
	}
	l := &LLM{
		model:    model,
		server:   base.Scheme + "://" + base.Host + strings.TrimSuffix(base.Path, "/"),
		base:     base,
		cfg:      cfg,
		client:   cfg.client,
		newNames: strings.HasSuffix(base.Hostname(), "openai.com"),
	}
	if l.client == nil {
		l.client = newHTTPClient(cfg.timeouts.Connect)
	}
	sdkOpts := []option.RequestOption{
		option.WithBaseURL(base.String()),
		option.WithHTTPClient(l.client),
		option.WithMaxRetries(0), // retries are counted here, where the first output is seen
		option.WithMiddleware(l.refuse),
	}
	if cfg.apiKey != "" {
		sdkOpts = append(sdkOpts, option.WithAPIKey(cfg.apiKey))
	}
	l.chat = sdk.NewChatCompletionService(sdkOpts...)
	return l, nil
}

// Model is the name that New was given.
func (l *LLM) Model() string { return l.model }

// Server is the base URL without credentials.
func (l *LLM) Server() string { return l.server }

// String is the name of the model, as a pipeline prints it.
func (l *LLM) String() string { return l.model }

// Close closes idle connections. Requests that run go on; end them by their contexts.
func (l *LLM) Close() error {
	l.client.CloseIdleConnections()
	return nil
}

// Warm opens a connection, so that the first request of a call costs no handshake. It asks for the list of models,
// which also proves the key. A server without such a list is no error.
func (l *LLM) Warm(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.timeouts.FirstToken)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.base.JoinPath("models").String(), nil)
	if err != nil {
		return fmt.Errorf("openai: %w", err)
	}
	if l.cfg.apiKey != "" {
		req.Header.Set("Authorization", "Bearer "+l.cfg.apiKey)
	}
	res, err := l.client.Do(req)
	if err != nil {
		return l.networkError(ctx, err)
	}
	defer finishBody(res.Body)
	switch res.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return l.statusError(res)
	}
	return nil
}

// parseBase checks a base URL and gives its path the slash at the end that relative paths need.
func parseBase(raw string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		// The text is not repeated: it may hold a password.
		return nil, fmt.Errorf("openai: the base URL is not of the form http://host:port/v1 or https://host/v1")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("openai: the base URL of %s must not have a query or fragment", u.Host)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/chat/completions") + "/"
	return u, nil
}
