package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// refuseFrom refuses so many messages for the pair limit, from the nth on.
func refuseFrom(nth, times int) func(int) (int, http.Header, string) {
	return func(n int) (int, http.Header, string) {
		if n >= nth && n < nth+times {
			return 400, nil, `{"error":{"code":131056,"message":"pair limit"}}`
		}
		return 0, nil, ""
	}
}

// After Meta has refused a message and then taken it, the next ones wait no longer than by Meta's own rule.
func TestARefusalCostsNoMoreThanItsWait(t *testing.T) {
	t.Parallel()
	s := time.Second
	for _, tt := range []struct {
		name   string
		first  int // message that is refused
		times  int
		pauses []time.Duration // before each message
		want   []time.Duration
	}{
		{"the first", 0, 1, []time.Duration{0, 0, 0}, []time.Duration{0, 1 * s, 1 * s, 1 * s}},
		{"the first, and one after the burst", 0, 1, []time.Duration{0, 6 * s, 0}, []time.Duration{0, 1 * s, 7 * s, 7 * s}},
		{"in a burst", 2, 2, []time.Duration{0, 0, 0, 0}, []time.Duration{0, 0, 0, 1 * s, 5 * s, 5 * s}},
		{"one every 6 s", 1, 3, []time.Duration{0, 6 * s, 6 * s, 6 * s}, []time.Duration{0, 6 * s, 7 * s, 11 * s, 27 * s, 33 * s, 39 * s}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &metaInVirtualTime{refuse: refuseFrom(tt.first, tt.times)}
				o := m.outbox(6*time.Second, 0)
				for _, pause := range tt.pauses {
					time.Sleep(pause)
					must(t, say(t.Context(), o, "1"))
				}
				equal(t, tt.name, m.at, tt.want)
			})
		})
	}
}

// A message that was on its way beyond the end of a burst may have begun the next one, so that has to be paid for.
func TestASlowMessageMayBeginABurst(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	at := func(d time.Duration) time.Time { return began.Add(d) }
	for _, tt := range []struct {
		taken, want time.Duration
	}{{5 * time.Second, 12 * time.Second}, {8 * time.Second, 14 * time.Second}} {
		p := pairLimit{pause: 6 * time.Second}
		p.note(at(0), at(0))
		p.note(at(4*time.Second), at(tt.taken))
		if got := p.wait(at(8 * time.Second)); got != tt.want-8*time.Second {
			t.Errorf("taken after %v: the next one waits for %v, want until %v", tt.taken, got, tt.want)
		}
	}
}

// A turn's clock stands still while its answer waits for Meta, and runs on afterwards.
func TestTurnClock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		o := m.outbox(6*time.Second, 0)
		over := errors.New("it takes too long")
		began := time.Now()
		ctx, cancel := withTurnClock(t.Context(), 10*time.Second, over)
		defer cancel()
		time.Sleep(4 * time.Second)
		for range 45 {
			must(t, say(ctx, o, "1"))
		}
		must(t, say(ctx, o, "1")) // waits for 270 s
		if d := time.Since(began); d != 274*time.Second {
			t.Errorf("sent after %v", d)
		}
		<-ctx.Done()
		if d := time.Since(began); d != 280*time.Second || context.Cause(ctx) != over {
			t.Errorf("over after %v: %v", d, context.Cause(ctx))
		}
		ctx, cancel = withTurnClock(t.Context(), time.Second, over)
		goOn := holdTurnClock(ctx)
		cancel()
		goOn()
		if holdTurnClock(t.Context())(); errors.Is(context.Cause(ctx), over) {
			t.Error("it was over before its time")
		}
	})
}

// An answer for which Meta wants minutes comes after them, and so do those behind it, in their order.
func TestAnswersOutwaitARefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{began: time.Now(), refuse: refuseFrom(0, 5)}
		b := New(Config{
			AccessToken: "t", PhoneNumberID: "1", AppSecret: "s", VerifyToken: "v", Mode: Chat, Logger: slog.New(slog.DiscardHandler),
			GraphOptions: []graph.Option{graph.WithHTTPClient(&http.Client{Transport: messagesOnly{m}}), graph.WithBaseURL("http://meta")},
		})
		asked := 0
		b.OnMessage(func(ctx context.Context, msg *Message) error {
			answer := pipeline.StageFunc(func(w *pipeline.Wiring) {
				w.Name("answer")
				pipeline.Makes[frame.ResponseStart](w)
				pipeline.Makes[frame.TextDelta](w)
				pipeline.Makes[frame.ResponseEnd](w)
				pipeline.On(w, func(_ context.Context, f frame.UserTurn, out *pipeline.Emitter) error {
					asked++
					return errors.Join(out.Push(frame.ResponseStart{ID: 1}), out.Push(frame.TextDelta{ID: 1, Text: f.Text}), out.Push(frame.ResponseEnd{ID: 1}))
				})
			})
			return pipeline.New(msg.Input(), answer, msg.Output()).With(pipeline.WithLogger(b.log)).Run(ctx)
		})
		b.start()
		for i := range 3 {
			e := &webhook.Message{ID: fmt.Sprint("wamid.", i), Type: "text", Text: "hi", User: webhook.User{Phone: "15550001"}, Time: time.Now()}
			if n, err := b.accept([]*offer{b.consider(b.line, e)}); n != 1 || err != nil {
				t.Fatalf("taken %d: %v", n, err)
			}
			time.Sleep(2 * time.Second)
		}
		time.Sleep(10 * time.Minute)
		must(t, b.Shutdown(t.Context()))
		// 1 + 4 + 16 + 64 + 256 s, the last two longer than anything else may take
		if want := 341 * time.Second; len(m.at) != 7 || m.at[5]-m.at[0] != want {
			t.Errorf("requests at %v, want the 6th %v after the first and one more", m.at, want)
		}
		if asked != 2 { // the second and third came together
			t.Errorf("the model was asked %d times", asked)
		}
		if n := b.Health().Counts["messages_sent"]; n != 2 {
			t.Errorf("%d messages were sent", n)
		}
	})
}

// messagesOnly answers what is no message, such as that one was read, by itself.
type messagesOnly struct{ *metaInVirtualTime }

func (m messagesOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	if strings.Contains(string(b), `"status":"read"`) {
		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"success":true}`)), Request: r}, nil
	}
	return m.metaInVirtualTime.RoundTrip(r)
}
