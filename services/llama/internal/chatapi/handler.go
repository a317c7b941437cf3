package chatapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/parley-voice/parley/services/llama/internal/engine"
)

// Engine is what answers.
type Engine interface {
	Generate(ctx context.Context, r engine.Request, emit func(text string) error) (engine.Result, error)
}

// maxBody bounds a request.
const maxBody = 4 << 20

// handler is the state that all requests share.
type handler struct {
	engine   Engine
	model    string
	defaults engine.Sampling
	log      *slog.Logger
}

// NewHandler serves an engine under the given model name. What a request does not set is taken from defaults.
func NewHandler(e Engine, model string, defaults engine.Sampling, log *slog.Logger) http.Handler {
	h := &handler{e, model, defaults, log}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", h.completions)
	mux.HandleFunc("GET /v1/models", h.models)
	return mux
}

func (h *handler) models(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{
		map[string]any{"id": h.model, "object": "model", "owned_by": "parley"},
	}})
}

func (h *handler) completions(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		fail(w, http.StatusBadRequest, "invalid_request_error", fmt.Sprintf("the request cannot be read: %v", err))
		return
	}
	req, ask, err := parse(body, h.defaults)
	if err != nil {
		fail(w, http.StatusBadRequest, "invalid_request_error", err.Error())
		return
	}
	var out answer = &whole{w: w, model: h.model}
	if req.Stream {
		out = &stream{w: w, flush: http.NewResponseController(w), model: h.model, usage: req.Options.IncludeUsage}
	}
	start, first := time.Now(), time.Duration(0)
	var gone error
	res, err := h.engine.Generate(r.Context(), ask, func(text string) error {
		if first == 0 {
			first = time.Since(start)
		}
		gone = out.text(text)
		return gone
	})
	if err == nil {
		out.end(res)
	}
	h.log.Debug("request", "prompt_tokens", res.PromptTokens, "reused", res.Reused, "tokens", res.Tokens,
		"finish", res.Finish, "first_ms", first.Milliseconds(), "total_ms", time.Since(start).Milliseconds(), "err", err)
	switch {
	case err == nil:
	case gone != nil || r.Context().Err() != nil: // nobody listens any more
	case errors.Is(err, engine.ErrBusy):
		w.Header().Set("Retry-After", "1")
		out.fail(http.StatusServiceUnavailable, "overloaded", "the model is busy with other conversations")
	case errors.Is(err, engine.ErrTooLong):
		out.fail(http.StatusBadRequest, "invalid_request_error", err.Error())
	default:
		h.log.Error("no answer", "err", err)
		out.fail(http.StatusInternalServerError, "server_error", err.Error())
	}
}

// answer is one of the two forms of a response.
type answer interface {
	text(string) error
	end(engine.Result)
	fail(status int, kind, message string)
}

// whole answers in one piece.
type whole struct {
	w     http.ResponseWriter
	model string
	all   strings.Builder
}

func (a *whole) text(s string) error {
	a.all.WriteString(s)
	return nil
}

func (a *whole) end(res engine.Result) {
	writeJSON(a.w, http.StatusOK, map[string]any{
		"id": "chatcmpl-local", "object": "chat.completion", "created": time.Now().Unix(), "model": a.model,
		"choices": []any{map[string]any{"index": 0, "finish_reason": res.Finish,
			"message": map[string]any{"role": "assistant", "content": a.all.String()}}},
		"usage": usageOf(res),
	})
}

func (a *whole) fail(status int, kind, message string) { fail(a.w, status, kind, message) }

func fail(w http.ResponseWriter, status int, kind, message string) {
	writeJSON(w, status, map[string]any{"error": map[string]any{"message": message, "type": kind}})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // the client may have gone: nothing can be done about it
}
