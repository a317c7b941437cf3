package openai

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services"
)

func TestGenerateReadsRecordedStreams(t *testing.T) {
	tests := []struct {
		fixture string
		want    result
		kind    error
	}{
		{"text.sse", result{text: "Hello, café!", usage: &services.Usage{PromptTokens: 19, CompletionTokens: 5}}, nil},
		{"parley.sse", result{text: "The capital of France is Paris.", usage: &services.Usage{PromptTokens: 179, CompletionTokens: 7}}, nil},
		{"tools.sse", result{calls: []services.ToolCall{
			{ID: "call_A", Name: "weather", Arguments: `{"city":"Paris"}`},
			{ID: "call_B", Name: "clock", Arguments: `{bad json`},
		}}, nil},
		{"tools_by_id.sse", result{calls: []services.ToolCall{
			{ID: "x1", Name: "a", Arguments: `{}`},
			{ID: "x2", Name: "b", Arguments: `{"n":1}`},
			{ID: "call_2", Name: "nameless"},
		}}, nil},
		{"junk.sse", result{text: "One two."}, nil},
		{"error.sse", result{text: "Well"}, ErrServer},
		{"cut.sse", result{text: "Well, I"}, ErrTruncated}, // and the half tool call is not passed on
		{"whole.json", result{text: "All at once.", calls: []services.ToolCall{{ID: "t", Name: "f", Arguments: "{}"}},
			usage: &services.Usage{PromptTokens: 3, CompletionTokens: 4}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.fixture, func(t *testing.T) {
			f := newFake(t, fixture(t, tt.fixture))
			got := collect(limited(t), f.llm(t))
			if !errors.Is(got.err, tt.kind) {
				t.Errorf("error %v, want %v", got.err, tt.kind)
			}
			got.err = nil
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(result{})); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if n := f.requests.Load(); n != 1 {
				t.Errorf("%d requests: an answer that has begun must not be asked for again", n)
			}
		})
	}
}

func TestGenerateYieldsTextAsItComes(t *testing.T) {
	more := make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%d\"}}]}\n\n", i)
			w.(http.Flusher).Flush()
			<-more // the next piece is sent only when this one has arrived
		}
		fmt.Fprint(w, "data: [DONE]\n\n")
	})
	var got string
	for d, err := range f.llm(t).Generate(limited(t), services.Request{Messages: []services.Message{{Role: services.User, Text: "count"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		got += d.Text
		more <- struct{}{}
	}
	if got != "012" {
		t.Errorf("got %q", got)
	}
}

// endless streams text until the client has gone, which it reports.
func endless(gone chan<- struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		close(gone)
	}
}

func TestCancelStopsAtOnceAndClosesTheConnection(t *testing.T) {
	gone := make(chan struct{})
	f := newFake(t, endless(gone))
	ctx, cancel := context.WithCancel(limited(t))
	defer cancel()
	var cancelled time.Time
	var last error
	for d, err := range f.llm(t).Generate(ctx, services.Request{Messages: []services.Message{{Role: services.User, Text: "go"}}}) {
		last = err
		if d.Text != "" {
			cancelled = time.Now()
			cancel()
		}
	}
	took := time.Since(cancelled)
	if !errors.Is(last, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", last)
	}
	if took > 200*time.Millisecond { // a few milliseconds on an idle machine
		t.Errorf("stopped %v after the context ended", took)
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the server did not see the client leave")
	}
}

func TestBreakStopsAndClosesTheConnection(t *testing.T) {
	gone := make(chan struct{})
	f := newFake(t, endless(gone))
	for range f.llm(t).Generate(limited(t), services.Request{Messages: []services.Message{{Role: services.User, Text: "go"}}}) {
		break
	}
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the server did not see the client leave")
	}
}

func TestConnectionIsUsedAgain(t *testing.T) {
	f := newFake(t, fixture(t, "text.sse"))
	l := f.llm(t)
	if err := l.Warm(limited(t)); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if r := collect(limited(t), l); r.err != nil {
			t.Fatal(r.err)
		}
	}
	if n := f.conns.Load(); n != 1 {
		t.Errorf("%d connections for 6 requests, want 1", n)
	}
}

func TestStreamThatStaysOpenAfterItsEnd(t *testing.T) {
	done := make(chan struct{})
	f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\n")
		w.(http.Flusher).Flush()
		<-done
	})
	defer close(done)
	if r := collect(limited(t), f.llm(t)); r.err != nil || r.text != "x" {
		t.Errorf("got %q, %v", r.text, r.err)
	}
}

func TestTimeouts(t *testing.T) {
	long := time.Hour
	tests := []struct {
		name string
		to   Timeouts
		body string
		say  string
	}{
		{"first token", Timeouts{FirstToken: 30 * time.Millisecond}, ": waiting\n\n", "no first token within 30ms"},
		{"role only is no token", Timeouts{FirstToken: 30 * time.Millisecond},
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n", "no first token within 30ms"},
		{"between tokens", Timeouts{FirstToken: long, BetweenTokens: 30 * time.Millisecond},
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", "no next token within 30ms"},
		{"total", Timeouts{FirstToken: long, BetweenTokens: long, Total: 30 * time.Millisecond},
			"data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", "no complete answer within 30ms"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream")
				fmt.Fprint(w, tt.body)
				w.(http.Flusher).Flush()
				<-r.Context().Done()
			})
			r := collect(limited(t), f.llm(t, WithTimeouts(tt.to)))
			if !errors.Is(r.err, ErrTimeout) || !errors.Is(r.err, context.DeadlineExceeded) || !strings.Contains(r.err.Error(), tt.say) {
				t.Errorf("error %v, want ErrTimeout that says %q", r.err, tt.say)
			}
			if n := f.requests.Load(); n != 1 {
				t.Errorf("%d requests, want 1", n)
			}
		})
	}
}

func TestSlowConsumerIsNoSilence(t *testing.T) {
	f := newFake(t, fixture(t, "text.sse"))
	l := f.llm(t, WithTimeouts(Timeouts{BetweenTokens: 20 * time.Millisecond}))
	var text string
	for d, err := range l.Generate(limited(t), services.Request{Messages: []services.Message{{Role: services.User, Text: "hi"}}}) {
		if err != nil {
			t.Fatal(err)
		}
		text += d.Text
		<-time.After(60 * time.Millisecond) // the consumer takes longer than the server may
	}
	if text != "Hello, café!" {
		t.Errorf("got %q", text)
	}
}
