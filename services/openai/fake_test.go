package openai

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
)

// fake is a server whose answers a test writes. It counts connections and requests.
type fake struct {
	*httptest.Server
	conns    atomic.Int64
	requests atomic.Int64
}

func newFake(t *testing.T, h http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.requests.Add(1)
		h(w, r)
	}))
	f.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			f.conns.Add(1)
		}
	}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// llm returns an LLM for the server, which the test's end closes.
func (f *fake) llm(t *testing.T, opts ...Option) *LLM {
	t.Helper()
	l, err := New("test-model", append([]Option{WithBaseURL(f.URL + "/v1")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// fixture answers with a recorded stream.
func fixture(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	media := "text/event-stream"
	if filepath.Ext(name) == ".json" {
		media = "application/json"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", media)
		w.Write(body)
	}
}

// result is what Generate gave.
type result struct {
	text  string
	calls []services.ToolCall
	usage *services.Usage
	err   error
}

func collect(ctx context.Context, l *LLM, messages ...services.Message) result {
	if len(messages) == 0 {
		messages = []services.Message{{Role: services.User, Text: "Hi"}}
	}
	var r result
	for d, err := range l.Generate(ctx, services.Request{Messages: messages}) {
		r.text += d.Text
		if d.ToolCall != nil {
			r.calls = append(r.calls, *d.ToolCall)
		}
		if d.Usage != nil {
			r.usage = d.Usage
		}
		if err != nil {
			r.err = err
		}
	}
	return r
}

// limited is a context for a test that must not hang.
func limited(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}
