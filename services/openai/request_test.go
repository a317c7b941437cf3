package openai

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services"
)

func TestRequestOnTheWire(t *testing.T) {
	var body map[string]any
	var header http.Header
	var path string
	answer := fixture(t, "text.sse")
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		header, path = r.Header, r.URL.Path
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			t.Error(err)
		}
		answer(w, r)
	})
	l := f.llm(t, WithAPIKey("k"), WithMaxTokens(48), WithTemperature(0.25), WithField("reasoning_effort", "none"))
	r := collect(limited(t), l,
		services.Message{Role: services.System, Text: "Be short."},
		services.Message{Role: services.User, Text: "Weather in \"Paris\"?"},
		services.Message{Role: services.Assistant, ToolCalls: []services.ToolCall{{ID: "c1", Name: "weather", Arguments: `{"city":"Paris"}`}}},
		services.Message{Role: services.Tool, ToolCallID: "c1", Text: "sunny"},
		services.Message{Role: services.Assistant, Text: "", Interrupted: true}, // nothing of it was heard
		services.Message{Role: services.User, Text: "And?"},
	)
	if r.err != nil {
		t.Fatal(r.err)
	}
	var want map[string]any
	json.Unmarshal([]byte(`{
		"model": "test-model", "stream": true, "stream_options": {"include_usage": true},
		"max_tokens": 48, "temperature": 0.25, "reasoning_effort": "none",
		"messages": [
			{"role": "system", "content": "Be short."},
			{"role": "user", "content": "Weather in \"Paris\"?"},
			{"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Paris\"}"}}]},
			{"role": "tool", "content": "sunny", "tool_call_id": "c1"},
			{"role": "user", "content": "And?"}
		]}`), &want)
	if diff := cmp.Diff(want, body); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if path != "/v1/chat/completions" || header.Get("Authorization") != "Bearer k" {
		t.Errorf("path %q", path)
	}
}

func TestRequestOverridesDefaults(t *testing.T) {
	l, err := New("m", WithMaxTokens(48), WithTemperature(0.25), WithoutUsage())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	zero := 0.0
	p, err := l.params(services.Request{Messages: []services.Message{{Role: services.User, Text: "x"}}, MaxTokens: 7, Temperature: &zero})
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := json.Marshal(p)
	// OpenAI itself wants the new name of the limit.
	if got, want := string(raw), `{"messages":[{"content":"x","role":"user"}],"model":"m","max_completion_tokens":7,"temperature":0}`; got != want {
		t.Errorf("got %s", got)
	}
}

func TestNoKeySendsNoHeader(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "from-the-environment") // which New does not read
	answer := fixture(t, "text.sse")
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if a := r.Header.Get("Authorization"); a != "" {
			t.Errorf("sent %q", a)
		}
		answer(w, r)
	})
	if r := collect(limited(t), f.llm(t)); r.err != nil {
		t.Error(r.err)
	}
}

func TestBadRequestsAreRefusedBeforeTheyAreSent(t *testing.T) {
	f := newFake(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	l := f.llm(t)
	for name, m := range map[string]services.Message{
		"role":    {Role: "narrator", Text: "x"},
		"tool id": {Role: services.Tool, Text: "x"},
		"nothing": {Role: services.User},
	} {
		if r := collect(limited(t), l, m); r.err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestNew(t *testing.T) {
	for _, url := range []string{"", "localhost:8080", "ftp://host/v1", "http://", "http://host/v1?x=1", "http://host/\x00", "://"} {
		if _, err := New("m", WithBaseURL(url)); err == nil || !strings.HasPrefix(err.Error(), "openai: ") {
			t.Errorf("base URL %q: error %v", url, err)
		}
	}
	if _, err := New(""); err == nil {
		t.Error("no model: no error")
	}
	for in, want := range map[string]string{
		"http://host:1":                          "http://host:1",
		"http://host:1/v1/":                      "http://host:1/v1",
		" https://u:p@host/a/v1 ":                "https://host/a/v1",
		"http://host:1/v1/chat/completions":      "http://host:1/v1",
		"http://host:1/v1/chat/completions/////": "http://host:1/v1",
	} {
		l, err := New("m", WithBaseURL(in))
		if err != nil {
			t.Fatal(err)
		}
		if l.Server() != want {
			t.Errorf("base URL %q: server %q, want %q", in, l.Server(), want)
		}
		l.Close()
	}
}
