package whatsapp

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// typings agrees to everything and counts how often typing was shown, and messages were marked as read.
type typings struct{ typing, read atomic.Int32 }

func (c *typings) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(body), `"status":"read"`) && strings.Contains(string(body), "wamid.1") {
		c.read.Add(1)
	}
	if strings.Contains(string(body), "typing_indicator") {
		c.typing.Add(1)
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"success":true}`)), Header: http.Header{}, Request: r}, nil
}

// Meta shows for 25 s that somebody types, so it is told again as long as an answer takes, and not behind it.
func TestTypingIsShownAsLongAsAnAnswerTakes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		meta := &typings{}
		b := New(Config{
			AccessToken: "token", PhoneNumberID: "1", Logger: slog.New(slog.DiscardHandler),
			GraphOptions: []graph.Option{graph.WithHTTPClient(&http.Client{Transport: meta})},
		})
		m := b.newMessage(b.line, []arrival{{event: &webhook.Message{ID: "wamid.1", User: webhook.User{Phone: "15559990000"}}}})
		defer m.cancel(nil)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { // ends with stop
			defer close(ended)
			b.showTyping(ctx, m)
		}()
		for n, want := range []int32{1, 2, 3, 4} { // at once, and after 20, 40 and 60 s
			synctest.Wait()
			if got := meta.typing.Load(); got != want || meta.read.Load() != want {
				t.Errorf("after %d s typing was shown %d times, want %d", 20*n, got, want)
			}
			if n < 3 {
				time.Sleep(typingPeriod)
			}
		}
		m.progress.Store(sending)
		time.Sleep(5 * typingPeriod)
		stop()
		<-ended
		if got := meta.typing.Load(); got != 4 {
			t.Errorf("typing was shown %d times behind the answer", got-4)
		}
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
