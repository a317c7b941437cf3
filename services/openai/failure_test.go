package openai

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestErrorsSayWhatIsWrongAndWhatToDo(t *testing.T) {
	tests := []struct {
		name     string
		status   int
		media    string
		body     string
		key      string
		kind     error
		says     []string
		requests int64
	}{
		{"bad key", 401, "application/json", `{"error":{"message":"Incorrect API key provided: sk-***","type":"invalid_request_error"}}`, "secret-key",
			ErrUnauthorized, []string{"Incorrect API key", "HTTP 401", "check the API key"}, 1},
		{"the key repeated", 400, "application/json", `{"error":{"message":"no secret-key here"}}`, "secret-key", ErrBadRequest, []string{"no [key] here"}, 1},
		{"the key in the stream", 200, "text/event-stream", "data: {\"error\":{\"message\":\"secret-key\"}}\n\n", "secret-key", ErrServer, []string{"[key]"}, 3},
		{"no key", 401, "application/json", `{"error":"missing"}`, "", ErrUnauthorized, []string{"missing", "wants an API key"}, 1},
		{"no model", 404, "application/json", `{"error":{"message":"model 'test-model' not found"}}`, "", ErrNotFound,
			[]string{"not found", `"test-model"`, "/v1"}, 1},
		{"bad request", 400, "application/json", `{"message":"max_tokens too large"}`, "", ErrBadRequest, []string{"max_tokens too large"}, 1},
		{"validation", 422, "application/json", `{"detail":"messages: field required"}`, "", ErrBadRequest, []string{"field required"}, 1},
		{"quota", 429, "application/json", `{"error":{"message":"You exceeded your current quota"}}`, "", ErrRateLimited, []string{"quota", "HTTP 429"}, 3},
		{"HTML 503", 503, "text/html", "<html><body>Bad gateway</body></html>", "", ErrServer, []string{"HTTP 503", "HTML page"}, 3},
		{"text 500", 500, "text/plain", "boom\nboom", "", ErrServer, []string{"boom boom"}, 3},
		{"not an API", 200, "text/html", "<html>Welcome</html>", "", ErrProtocol, []string{"HTML page", "/v1"}, 1},
		{"other JSON", 200, "application/json", `{"hello":"world"}`, "", ErrProtocol, []string{"no chat completion"}, 1},
		{"other JSON with choices", 200, "application/json", `{"choices":[{"index":0}]}`, "", ErrProtocol, nil, 1},
		{"no JSON in the stream", 200, "text/event-stream", "data: hello\n\ndata: again\n\n", "", ErrProtocol, []string{"no JSON"}, 1},
		{"empty stream", 200, "text/event-stream", "", "", ErrTruncated, []string{"empty"}, 3},
		{"error at once", 200, "text/event-stream", "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", "", ErrServer, []string{"overloaded"}, 3},
		{"endless line", 200, "text/event-stream", "data: " + strings.Repeat("x", maxEvent+1), "", ErrProtocol, []string{"1 MiB"}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", tt.media)
				w.Header().Set("Retry-After-Ms", "1")
				w.WriteHeader(tt.status)
				w.Write([]byte(tt.body))
			})
			r := collect(limited(t), f.llm(t, WithAPIKey(tt.key)))
			var e *Error
			if !errors.As(r.err, &e) || !errors.Is(r.err, tt.kind) {
				t.Fatalf("error %v, want %v", r.err, tt.kind)
			}
			if tt.key != "" && strings.Contains(r.err.Error(), tt.key) {
				t.Errorf("the error %q tells the key", r.err)
			}
			for _, say := range append(tt.says, f.URL) {
				if !strings.Contains(r.err.Error(), say) {
					t.Errorf("error %q does not say %q", r.err, say)
				}
			}
			if strings.Contains(r.err.Error(), "secret-key") || strings.Contains(r.err.Error(), "\n") {
				t.Errorf("error %q holds the key or more than one line", r.err)
			}
			if n := f.requests.Load(); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	l, err := New("m", WithBaseURL("http://"+addr+"/v1"), WithRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, err := range map[string]error{"generate": collect(limited(t), l).err, "warm": l.Warm(limited(t))} {
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "refused") || !strings.Contains(err.Error(), "is the server running") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestRetryUntilItWorks(t *testing.T) {
	var n atomic.Int64
	ok := fixture(t, "text.sse")
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		switch n.Add(1) {
		case 1:
			panic(http.ErrAbortHandler) // the connection breaks
		case 2:
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			ok(w, r)
		}
	})
	if r := collect(limited(t), f.llm(t)); r.err != nil || r.text != "Hello, café!" {
		t.Errorf("got %q, %v", r.text, r.err)
	}
	if n.Load() != 3 {
		t.Errorf("%d requests, want 3", n.Load())
	}
}

func TestLongRetryAfterFailsAtOnce(t *testing.T) {
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	if r := collect(limited(t), f.llm(t)); !errors.Is(r.err, ErrRateLimited) {
		t.Errorf("error %v", r.err)
	}
	if n := f.requests.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestCancelEndsThePauseBeforeARetry(t *testing.T) {
	ctx, cancel := context.WithCancel(limited(t))
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "2")
		w.WriteHeader(http.StatusServiceUnavailable)
		time.AfterFunc(10*time.Millisecond, cancel)
	})
	start := time.Now()
	if r := collect(ctx, f.llm(t)); !errors.Is(r.err, context.Canceled) {
		t.Errorf("error %v", r.err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}

func TestWarm(t *testing.T) {
	for status, kind := range map[int]error{200: nil, 404: nil, 405: nil, 401: ErrUnauthorized, 429: ErrRateLimited} {
		f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "Bearer k" {
				t.Errorf("got %s %s", r.Method, r.URL.Path)
			}
			w.WriteHeader(status)
		})
		if err := f.llm(t, WithAPIKey("k")).Warm(limited(t)); !errors.Is(err, kind) {
			t.Errorf("status %d: error %v, want %v", status, err, kind)
		}
	}
}

func TestReadRetryAfter(t *testing.T) {
	tests := map[string]struct {
		header, value string
		want          time.Duration
		set           bool
	}{
		"none":     {"X", "1", 0, false},
		"seconds":  {"Retry-After", "1.5", 1500 * time.Millisecond, true},
		"ms":       {"Retry-After-Ms", "20", 20 * time.Millisecond, true},
		"past":     {"Retry-After", "Mon, 02 Jan 2006 15:04:05 GMT", 0, true},
		"negative": {"Retry-After", "-1", 0, false},
		"huge":     {"Retry-After", "1e300", 0, false},
		"nan":      {"Retry-After", "NaN", 0, false},
		"words":    {"Retry-After", "soon", 0, false},
	}
	for name, tt := range tests {
		h := http.Header{}
		h.Set(tt.header, tt.value)
		if got := readRetryAfter(h); got.d != tt.want || got.set != tt.set {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
