package auto_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/auto"
)

// fake stands for an OpenAI-compatible server and for Ollama. Answers are by path; a missing one is a 404.
func fake(t *testing.T, answers map[string]string) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := answers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if key, ok := answers["key"]; ok && r.Header.Get("Authorization") != "Bearer "+key {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if strings.HasSuffix(r.URL.Path, "/chat/completions") {
			var req struct {
				Model  string `json:"model"`
				Effort string `json:"reasoning_effort"`
			}
			json.NewDecoder(r.Body).Decode(&req)
			w.Header().Set("Content-Type", "text/event-stream")
			text, _ := json.Marshal(body + " " + req.Model + " " + req.Effort)
			io.WriteString(w, `data: {"choices":[{"index":0,"delta":{"content":`+string(text)+`},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

// nobody is the address of a port on which nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func ask(t *testing.T, b *auto.Brain) string {
	t.Helper()
	var text string
	for d, err := range b.Generate(limited(t), services.Request{Messages: []services.Message{
		{Role: services.System, Text: b.SystemPrompt()}, {Role: services.User, Text: "What is the capital of France?"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		text += d.Text
	}
	return text
}

const tags = `{"models":[
	{"name":"nomic-embed-text:latest","modified_at":"2026-05-05T00:00:00Z","details":{"family":"nomic-bert","families":["nomic-bert"]}},
	{"name":"llama3.2:3b","modified_at":"2026-02-02T10:00:00.123456789+01:00","details":{"family":"llama","families":["llama"]}},
	{"name":"qwen3:latest","modified_at":"2026-03-03T00:00:00Z","details":{"family":"qwen3","families":null}}]}`

func TestServersAreChosen(t *testing.T) {
	openai := fake(t, map[string]string{"/v1/chat/completions": "openai", "/v1/models": `{"data":[{"id":"only-one"}]}`})
	keyed := fake(t, map[string]string{"/v1/chat/completions": "keyed", "/v1/models": `{"data":[{"id":"a"},{"id":"b"}]}`, "key": "secret"})
	bare := fake(t, map[string]string{"/v1/chat/completions": "bare"})
	ollama := fake(t, map[string]string{"/v1/chat/completions": "ollama", "/api/tags": tags, "/api/ps": `{"models":[]}`})
	busy := fake(t, map[string]string{"/v1/chat/completions": "busy", "/api/tags": tags, "/api/ps": `{"models":[{"name":"nomic-embed-text:latest"},{"name":"llama3.2:3b"}]}`})
	old := fake(t, map[string]string{"/v1/chat/completions": "old", "/api/tags": tags})
	tests := []struct {
		name   string
		cfg    auto.Config
		engine auto.Engine
		says   string
	}{
		{"base URL", auto.Config{OpenAIBaseURL: openai.URL + "/v1", OpenAIModel: "m", OllamaHost: ollama.URL},
			auto.Engine{Name: "openai", Model: "m", Server: openai.URL + "/v1", Local: true}, "openai m"},
		{"the only model", auto.Config{OpenAIBaseURL: openai.URL + "/v1/"},
			auto.Engine{Name: "openai", Model: "only-one", Server: openai.URL + "/v1", Local: true}, "openai only-one"},
		{"key", auto.Config{OpenAIBaseURL: keyed.URL + "/v1", OpenAIKey: "secret"},
			auto.Engine{Name: "openai", Model: "gpt-4o-mini", Server: keyed.URL + "/v1", Local: true}, "keyed gpt-4o-mini"},
		{"no list of models", auto.Config{LLM: "openai", OpenAIBaseURL: bare.URL + "/v1", OpenAIModel: "m"},
			auto.Engine{Name: "openai", Model: "m", Server: bare.URL + "/v1", Local: true}, "bare m"},
		{"ollama is there", auto.Config{OllamaHost: ollama.URL},
			auto.Engine{Name: "ollama", Model: "qwen3:latest", Server: ollama.URL + "/v1", Local: true}, "ollama qwen3:latest none"},
		{"ollama without scheme", auto.Config{OllamaHost: strings.TrimPrefix(ollama.URL, "http://")},
			auto.Engine{Name: "ollama", Model: "qwen3:latest", Server: ollama.URL + "/v1", Local: true}, "ollama qwen3:latest none"},
		{"ollama has one in memory", auto.Config{OllamaHost: busy.URL},
			auto.Engine{Name: "ollama", Model: "llama3.2:3b", Server: busy.URL + "/v1", Local: true}, "busy llama3.2:3b none"},
		{"ollama cannot tell", auto.Config{OllamaHost: old.URL},
			auto.Engine{Name: "ollama", Model: "qwen3:latest", Server: old.URL + "/v1", Local: true}, "old qwen3:latest none"},
		{"ollama model", auto.Config{LLM: "ollama:qwen3", OllamaHost: busy.URL, OpenAIBaseURL: openai.URL},
			auto.Engine{Name: "ollama", Model: "qwen3:latest", Server: busy.URL + "/v1", Local: true}, "busy qwen3:latest none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := auto.LLM(limited(t), tt.cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			if diff := cmp.Diff(tt.engine, b.Engine()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if got := strings.TrimSpace(ask(t, b)); got != tt.says {
				t.Errorf("it says %q, want %q", got, tt.says)
			}
		})
	}
}

func TestErrorsOfChoice(t *testing.T) {
	embedder := fake(t, map[string]string{"/api/tags": `{"models":[{"name":"nomic-embed-text","details":{"family":"nomic-bert"}}]}`})
	chat := fake(t, map[string]string{"/api/tags": tags})
	keyed := fake(t, map[string]string{"/v1/models": `{}`, "key": "secret"})
	tests := []struct {
		name string
		cfg  auto.Config
		kind error
		says string
	}{
		{"unknown", auto.Config{LLM: "chatgpt"}, auto.ErrSpec, "gguf:PATH"},
		{"no path", auto.Config{LLM: "gguf:"}, auto.ErrSpec, "gguf:PATH"},
		{"too much", auto.Config{LLM: "smollm2:7b"}, auto.ErrSpec, "smollm2:7b"},
		{"none", auto.Config{LLM: "none"}, auto.ErrNoLLM, "none"},
		{"no key", auto.Config{LLM: "openai"}, auto.ErrSpec, "OPENAI_API_KEY"},
		{"bad URL", auto.Config{OpenAIBaseURL: "localhost:8000", OpenAIModel: "m"}, nil, "OPENAI_BASE_URL"},
		{"wrong key", auto.Config{OpenAIBaseURL: keyed.URL + "/v1", OpenAIKey: "wrong", OpenAIModel: "m"}, nil, "OPENAI_API_KEY"},
		{"no ollama", auto.Config{LLM: "ollama", OllamaHost: nobody(t)}, auto.ErrNoOllama, "ollama serve"},
		{"no model", auto.Config{LLM: "ollama:mistral", OllamaHost: chat.URL}, auto.ErrNoOllama, "ollama pull mistral"},
		{"no chat model", auto.Config{LLM: "ollama", OllamaHost: embedder.URL}, auto.ErrNoOllama, "no chat model"},
		{"no file", auto.Config{LLM: "gguf:/none/model.gguf"}, nil, "/none/model.gguf"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "no file" {
				needs(t, models.Llama)
			}
			b, err := auto.LLM(limited(t), tt.cfg)
			if err == nil {
				b.Close()
				t.Fatal("no error")
			}
			if (tt.kind != nil && !errors.Is(err, tt.kind)) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v", err)
			}
			for _, secret := range []string{"secret", "wrong"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("error %v tells a key", err)
				}
			}
		})
	}
}

func TestDemonstrationModel(t *testing.T) {
	needs(t, models.Llama, models.SmolLM2)
	b, err := auto.LLM(limited(t), auto.Config{OllamaHost: nobody(t)}) // nothing else is there
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	e := b.Engine()
	if e.Name != "smollm2" || !e.Demo || !e.Local || !strings.Contains(e.String(), "demonstration") || b.SystemPrompt() == "" {
		t.Errorf("got %+v", e)
	}
	if text := ask(t, b); text == "" {
		t.Error("no answer")
	}
}

func TestFromEnv(t *testing.T) {
	want := auto.Config{LLM: "ollama", OpenAIKey: "k", OpenAIBaseURL: "u", OpenAIModel: "m", OllamaHost: "h", Store: "memory"}
	for name, value := range map[string]string{"PARLEY_LLM": "ollama", "OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "u", "OPENAI_MODEL": "m",
		"OLLAMA_HOST": "h", "PARLEY_STORE": "memory"} {
		t.Setenv(name, value)
	}
	if diff := cmp.Diff(want, auto.FromEnv()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
