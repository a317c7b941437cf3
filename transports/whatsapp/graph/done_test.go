package graph_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

func TestObserverIsToldOfEachRequestOnce(t *testing.T) {
	t.Parallel()
	ok := answer(200, `{"messages":[{"id":"wamid.1"}]}`)
	for name, tc := range map[string]struct {
		answers  []http.HandlerFunc
		outcome  string
		attempts int
		limited  bool
	}{
		"at once":      {[]http.HandlerFunc{ok}, graph.OutcomeOK, 1, false},
		"limited":      {[]http.HandlerFunc{answer(429, `{"error":{"code":130429}}`), ok}, graph.OutcomeOK, 2, true},
		"refused":      {[]http.HandlerFunc{answer(400, `{"error":{"code":131047}}`)}, graph.OutcomeRefused, 1, false},
		"unauthorized": {[]http.HandlerFunc{answer(401, `{"error":{"code":190}}`)}, graph.OutcomeUnauthorized, 1, false},
		"broken":       {[]http.HandlerFunc{answer(503, `<html>`)}, graph.OutcomeServerError, 4, false},
		"no answer":    {[]http.HandlerFunc{cut}, graph.OutcomeNoAnswer, 1, false},
		"nonsense":     {[]http.HandlerFunc{answer(200, `<html>`)}, graph.OutcomeUnreadable, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				n++ // one request after the other
				tc.answers[min(n, len(tc.answers))-1](w, r)
			}))
			defer s.Close()
			var done []graph.Done
			type key struct{}
			c := graph.New(token, "1", graph.WithBaseURL(s.URL), graph.WithFirstPause(time.Millisecond), graph.WithObserver(func(ctx context.Context, d graph.Done) {
				if ctx.Value(key{}) != "mine" {
					t.Error("the observer gets another context")
				}
				done = append(done, d)
			}))
			defer c.Close()
			_, err := c.For("2").SendText(context.WithValue(t.Context(), key{}, "mine"), graph.Phone("15559990000"), graph.Text{Body: "hi"})
			if len(done) != 1 {
				t.Fatalf("told %d times", len(done))
			}
			d := done[0]
			if d.Op != "send message" || d.Kind != "text" || d.Outcome() != tc.outcome || d.Attempts != tc.attempts || d.Limited != tc.limited ||
				(d.Waited > 0) != (tc.attempts > 1) || d.Duration < d.Waited || !errors.Is(err, d.Err) {
				t.Errorf("%+v (%s); err %v", d, d.Outcome(), err)
			}
		})
	}
}

func TestOutcomeOfWhatDidNotArrive(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c := graph.New(token, "1", graph.WithBaseURL(s.URL), graph.WithRetry(1, time.Second))
	if err := c.MarkRead(t.Context(), "id", false); graph.Outcome(err) != graph.OutcomeUnreachable {
		t.Errorf("nobody there: %s: %v", graph.Outcome(err), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.MarkRead(ctx, "id", false); graph.Outcome(err) != graph.OutcomeCancelled {
		t.Errorf("given up: %s: %v", graph.Outcome(err), err)
	}
	if err := c.MarkRead(t.Context(), "", false); graph.Outcome(err) != graph.OutcomeOther {
		t.Errorf("wrong: %s: %v", graph.Outcome(err), err)
	}
}
