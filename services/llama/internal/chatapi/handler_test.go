package chatapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services/llama/internal/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake answers with words and then an error, or a result.
type fake struct {
	words []string
	err   error
	got   engine.Request
	ended chan error // gets the context's end, if it is awaited
}

func (f *fake) Generate(ctx context.Context, r engine.Request, emit func(string) error) (engine.Result, error) {
	f.got = r
	for _, w := range f.words {
		if err := emit(w); err != nil {
			return engine.Result{}, err
		}
	}
	if f.ended != nil {
		<-ctx.Done()
		f.ended <- ctx.Err()
		return engine.Result{}, ctx.Err()
	}
	return engine.Result{PromptTokens: 7, Reused: 3, Tokens: len(f.words), Finish: "stop"}, f.err
}

var defaults = engine.Sampling{Temperature: 0.2, RepeatPenalty: 1.1, MaxTokens: 48}

func post(t *testing.T, f *fake, body string) (status int, media, answer string) {
	t.Helper()
	w := httptest.NewRecorder()
	h := NewHandler(f, "tiny", defaults, slog.New(slog.DiscardHandler))
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body)))
	return w.Code, w.Header().Get("Content-Type"), w.Body.String()
}

const ask = `{"model":"any","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}`

// events returns the JSON of a stream's events, without what changes, and checks the end.
func events(t *testing.T, stream string) []string {
	t.Helper()
	var out []string
	for _, e := range strings.Split(strings.TrimSuffix(stream, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(e, "data: ")
		if !ok {
			t.Fatalf("event %q", e)
		}
		var m map[string]any
		if json.Unmarshal([]byte(data), &m) == nil {
			for _, k := range []string{"id", "object", "created", "model"} {
				delete(m, k)
			}
			raw, _ := json.Marshal(m)
			data = string(raw)
		}
		out = append(out, data)
	}
	return out
}

func TestStream(t *testing.T) {
	status, media, answer := post(t, &fake{words: []string{"Hello", " you"}}, ask)
	want := []string{
		`{"choices":[{"delta":{"content":"Hello","role":"assistant"},"finish_reason":null,"index":0}]}`,
		`{"choices":[{"delta":{"content":" you"},"finish_reason":null,"index":0}]}`,
		`{"choices":[{"delta":{},"finish_reason":"stop","index":0}]}`,
		`{"choices":[],"usage":{"completion_tokens":2,"prompt_tokens":7,"total_tokens":9}}`,
		`[DONE]`,
	}
	if diff := cmp.Diff(want, events(t, answer)); diff != "" || status != 200 || media != "text/event-stream" {
		t.Errorf("%d %s, -want +got:\n%s", status, media, diff)
	}
}

func TestEmptyStream(t *testing.T) {
	_, _, answer := post(t, &fake{}, `{"stream":true,"messages":[{"role":"user","content":"Hi"}]}`)
	want := []string{`{"choices":[{"delta":{"role":"assistant"},"finish_reason":"stop","index":0}]}`, `[DONE]`}
	if diff := cmp.Diff(want, events(t, answer)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWhole(t *testing.T) {
	status, media, answer := post(t, &fake{words: []string{"Hello", " you"}}, `{"messages":[{"role":"user","content":"Hi"}]}`)
	var got struct {
		Choices []struct {
			Message struct{ Role, Content string }
			Finish  string `json:"finish_reason"`
		}
		Usage usage
	}
	if err := json.Unmarshal([]byte(answer), &got); err != nil || status != 200 || media != "application/json" {
		t.Fatalf("%d %s %v", status, media, err)
	}
	if c := got.Choices[0]; c.Message.Role != "assistant" || c.Message.Content != "Hello you" || c.Finish != "stop" || got.Usage.Total != 9 {
		t.Errorf("got %s", answer)
	}
}

func TestErrors(t *testing.T) {
	tests := map[string]struct {
		fake   fake
		body   string
		status int
		says   string
	}{
		"busy":       {fake{err: engine.ErrBusy}, ask, 503, "busy"},
		"too long":   {fake{err: fmt.Errorf("%w: 9 tokens", engine.ErrTooLong)}, ask, 400, "9 tokens"},
		"broken":     {fake{err: errors.New("decode failed")}, ask, 500, "decode failed"},
		"whole":      {fake{words: []string{"a"}, err: errors.New("decode failed")}, `{"messages":[{"role":"user","content":"Hi"}]}`, 500, "decode failed"},
		"no JSON":    {fake{}, `hello`, 400, "not a chat completion"},
		"no message": {fake{}, `{"messages":[]}`, 400, "no message"},
		"role":       {fake{}, `{"messages":[{"role":"king","content":"x"}]}`, 400, "king"},
		"image":      {fake{}, `{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`, 400, "image_url"},
		"content":    {fake{}, `{"messages":[{"role":"user","content":5}]}`, 400, "content must be"},
		"hot":        {fake{}, `{"temperature":9,"messages":[{"role":"user","content":"x"}]}`, 400, "temperature is 9"},
		"no tokens":  {fake{}, `{"max_tokens":0,"messages":[{"role":"user","content":"x"}]}`, 400, "max_tokens is 0"},
		"huge":       {fake{}, `{"x":"` + strings.Repeat("x", maxBody) + `"}`, 400, "cannot be read"},
	}
	for name, tt := range tests {
		status, media, answer := post(t, &tt.fake, tt.body)
		var e struct {
			Error struct{ Message, Type string }
		}
		if err := json.Unmarshal([]byte(answer), &e); err != nil || status != tt.status || media != "application/json" || !strings.Contains(e.Error.Message, tt.says) || e.Error.Type == "" {
			t.Errorf("%s: %d %s %s", name, status, media, answer)
		}
	}
}

func TestErrorInTheMiddle(t *testing.T) {
	status, _, answer := post(t, &fake{words: []string{"Well"}, err: errors.New("decode failed")}, ask)
	got := events(t, answer)
	if status != 200 || len(got) != 2 || got[1] != `{"error":{"message":"decode failed","type":"server_error"}}` {
		t.Errorf("%d %q", status, got)
	}
}

func TestRequestIsUnderstood(t *testing.T) {
	f := &fake{}
	status, _, answer := post(t, f, `{"messages":[
		{"role":"developer","content":"Be nice."},
		{"role":"user","content":[{"type":"text","text":"What"},{"type":"text","text":" now?"}]},
		{"role":"assistant","content":null,"tool_calls":[{"id":"1"}]},
		{"role":"tool","content":"sunny","tool_call_id":"1"},
		{"role":"assistant","content":"Sunny."}],
		"max_tokens":9,"max_completion_tokens":10,"temperature":0,"min_p":0.1,"top_k":5,"repeat_penalty":1.2,
		"frequency_penalty":-1,"presence_penalty":1,"max_sentences":2,"seed":42,"n":1,"unknown":{"x":[]}}`)
	if status != 200 {
		t.Fatal(answer)
	}
	want := engine.Request{
		Messages: []engine.Message{{Role: "system", Text: "Be nice."}, {Role: "user", Text: "What now?"}, {Role: "user", Text: "sunny"}, {Role: "assistant", Text: "Sunny."}},
		Sampling: engine.Sampling{MinP: 0.1, TopK: 5, RepeatPenalty: 1.2, FrequencyPenalty: -1, PresencePenalty: 1, MaxTokens: 10, MaxSentences: 2, Seed: 42},
	}
	if diff := cmp.Diff(want, f.got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	post(t, f, ask)
	if diff := cmp.Diff(defaults, f.got.Sampling); diff != "" {
		t.Errorf("without settings of its own, -want +got:\n%s", diff)
	}
}

func TestClientThatLeavesEndsTheAnswer(t *testing.T) {
	f := &fake{words: []string{"Well"}, ended: make(chan error, 1)}
	srv := httptest.NewServer(NewHandler(f, "tiny", defaults, slog.New(slog.DiscardHandler)))
	defer srv.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/chat/completions", strings.NewReader(ask))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(res.Body, make([]byte, 10)); err != nil { // the first word is sent at once
		t.Fatal(err)
	}
	res.Body.Close()
	select {
	case err := <-f.ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the answer ended with %v", err)
		}
	case <-ctx.Done():
		t.Error("the answer went on without a listener")
	}
}

func TestModels(t *testing.T) {
	w := httptest.NewRecorder()
	NewHandler(&fake{}, "tiny", defaults, slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/v1/models", nil))
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"id":"tiny"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// FuzzParse reads arbitrary bytes as a request: it is refused, or its settings are within their bounds.
func FuzzParse(f *testing.F) {
	f.Add([]byte(ask))
	f.Add([]byte(`{"messages":[{"role":"user","content":[{"type":"text","text":"x"}]}],"temperature":1e300,"seed":-1}`))
	f.Add([]byte(`{"messages":[{"role":"assistant","content":null}],"max_tokens":null}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, r, err := parse(body, defaults)
		if err != nil {
			return
		}
		if s := r.Sampling; len(r.Messages) == 0 || s.MaxTokens < 1 || s.Temperature < 0 || s.Temperature > 5 || s.RepeatPenalty <= 0 || s.TopK < 0 {
			t.Errorf("accepted %+v", r)
		}
	})
}
