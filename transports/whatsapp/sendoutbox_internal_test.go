package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// metaInVirtualTime stands for the Graph API, without sockets: it keeps when each message came.
type metaInVirtualTime struct {
	mu     sync.Mutex
	began  time.Time
	at     []time.Duration // since began
	to     []string
	refuse func(n int) (status int, header http.Header, body string) // n is how many came before; status 0 takes it
	delay  time.Duration                                             // before the answer
}

func (m *metaInVirtualTime) RoundTrip(r *http.Request) (*http.Response, error) {
	defer time.Sleep(m.delay)
	m.mu.Lock()
	defer m.mu.Unlock()
	b, _ := io.ReadAll(r.Body)
	n := len(m.at)
	m.at = append(m.at, time.Since(m.began))
	_, to, _ := strings.Cut(string(b), `"to":"`)
	to, _, _ = strings.Cut(to, `"`)
	m.to = append(m.to, to)
	status, header, body := 200, http.Header{}, fmt.Sprintf(`{"messages":[{"id":"wamid.%d"}]}`, n)
	if m.refuse != nil {
		if s, h, b := m.refuse(n); s != 0 {
			status, header, body = s, h, b
		}
	}
	if status < 0 { // after it was sent
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		return nil, errors.New("connection reset")
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (m *metaInVirtualTime) outbox(pause time.Duration, perSecond float64) *outbox {
	m.began = time.Now()
	client := graph.New("token", "1", graph.WithHTTPClient(&http.Client{Transport: m}), graph.WithBaseURL("http://meta"))
	return newOutbox(client, Config{PairPause: pause, Throughput: perSecond, Logger: slog.New(slog.DiscardHandler)}, func(error) {})
}

// say sends a text to a user.
func say(ctx context.Context, o *outbox, to string) error {
	p, err := o.open(ctx, to, graph.Phone(to), nil)
	if err != nil {
		return err
	}
	defer p.close()
	_, err = p.send(ctx, graph.Text{Body: "x"}, nil)
	return err
}

func equal(t *testing.T, what string, got, want []time.Duration) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: sent at %v, want %v", what, got, want)
	}
}

// A burst is sent at once and then paid for; a message every 6 s never waits; other users are not held up.
func TestPairLimitIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		o := m.outbox(6*time.Second, 0)
		for range 3 {
			must(t, say(t.Context(), o, "1"))
		}
		must(t, say(t.Context(), o, "2"))
		time.Sleep(7 * time.Second)
		must(t, say(t.Context(), o, "2"))
		must(t, say(t.Context(), o, "1")) // 3 messages cost 18 s
		s := time.Second
		equal(t, "a burst", m.at, []time.Duration{0, 0, 0, 0, 7 * s, 18 * s})

		m = &metaInVirtualTime{}
		o = m.outbox(6*time.Second, 0)
		for range 46 {
			must(t, say(t.Context(), o, "1"))
		}
		if at := m.at[44]; at != 0 {
			t.Errorf("the 45th message of a burst waited %v", at)
		}
		if at := m.at[45]; at != 270*s {
			t.Errorf("the 46th was sent after %v, want 270 s", at)
		}
	})
}

// Whatever a user's messages and the network do, Meta never has to refuse an answer for the pair limit.
func TestPairLimitIsNeverHit(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			const pause = 6 * time.Second
			var began, paid time.Time // Meta's own account, by its own clock
			sent := 0
			m := &metaInVirtualTime{}
			m.refuse = func(n int) (int, http.Header, string) {
				time.Sleep(time.Duration(random.Int64N(int64(400 * time.Millisecond)))) // to Meta
				defer time.Sleep(time.Duration(random.Int64N(int64(400 * time.Millisecond))))
				now := time.Now()
				if now.Sub(began) >= pause {
					if now.Before(paid) {
						t.Errorf("seed %d: message %d came %v too early", seed, n, paid.Sub(now))
						return 429, nil, `{"error":{"code":131056}}`
					}
					began, sent = now, 0
				}
				if sent++; sent > 45 {
					t.Errorf("seed %d: message %d is the %dth of a burst", seed, n, sent)
				}
				paid = began.Add(time.Duration(sent) * pause)
				return 0, nil, ""
			}
			o := m.outbox(pause, 0)
			for range 60 {
				must(t, say(t.Context(), o, "1"))
				if random.IntN(3) > 0 {
					time.Sleep(time.Duration(random.Int64N(int64(9 * time.Second))))
				}
			}
		})
	}
}

// What would have to wait longer than its turn lasts fails at once.
func TestWaitsEndWithTheTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		o := m.outbox(6*time.Second, 0)
		for range 10 {
			must(t, say(t.Context(), o, "1"))
		}
		time.Sleep(6 * time.Second)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := say(ctx, o, "1"); !errors.Is(err, ErrTooMuch) || time.Since(began) != 0 {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, give := context.WithCancelCause(t.Context())
		why := errors.New("superseded")
		time.AfterFunc(time.Second, func() { give(why) })
		if err := say(ctx, o, "1"); !errors.Is(err, why) || time.Since(began) != time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if o.queued() != 0 {
			t.Errorf("%d still wait", o.queued())
		}
	})
}

// Answers to one user are sent in the order in which they were asked for, also while the first waits.
func TestOrderOfTheOutbox(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		o := m.outbox(6*time.Second, 0)
		must(t, say(t.Context(), o, "1"))
		time.Sleep(5 * time.Second)
		must(t, say(t.Context(), o, "1"))
		time.Sleep(2 * time.Second) // now 5 s of waiting are left
		var mu sync.Mutex
		var order []int
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				p, err := o.open(t.Context(), "1", graph.Phone("1"), nil)
				if err != nil {
					t.Error(err)
					return
				}
				defer p.close()
				if err := p.ready(t.Context(), nil); err != nil {
					t.Error(err)
				}
				mu.Lock()
				order = append(order, i)
				mu.Unlock()
			})
			synctest.Wait()
		}
		wg.Wait()
		if !slices.IsSorted(order) || len(order) != 5 {
			t.Errorf("order %v", order)
		}
	})
}

func TestOutboxIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := (&metaInVirtualTime{}).outbox(0, 0)
		ctx, cancel := context.WithCancel(t.Context())
		p, err := o.open(ctx, "1", graph.Phone("1"), nil)
		must(t, err)
		var wg sync.WaitGroup
		for range maxOutgoingUser - 1 {
			wg.Go(func() { _, _ = o.open(ctx, "1", graph.Phone("1"), nil) })
		}
		synctest.Wait()
		if _, err := o.open(ctx, "1", graph.Phone("1"), nil); !errors.Is(err, ErrTooMuch) {
			t.Errorf("one more than may wait: %v", err)
		}
		must(t, say(ctx, o, "2"))
		cancel()
		wg.Wait()
		p.close()
		if o.queued() != 0 {
			t.Errorf("%d still wait", o.queued())
		}
		time.Sleep(2 * sweepPeriod)
		must(t, say(t.Context(), o, "3"))
		if len(o.ways) != 1 {
			t.Errorf("%d users are remembered", len(o.ways))
		}
	})
}

func TestThroughputIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := &metaInVirtualTime{}
		o := m.outbox(0, 80)
		var wg sync.WaitGroup
		for i := range 400 {
			wg.Go(func() {
				if err := say(t.Context(), o, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		slices.Sort(m.at)
		for i := 80; i < len(m.at); i++ {
			if m.at[i]-m.at[i-80] < time.Second {
				t.Fatalf("more than 80 messages within a second, from %v on", m.at[i-80])
			}
		}
		if last := m.at[399]; last > 6*time.Second {
			t.Errorf("400 messages took %v", last)
		}
	})
}

// What Meta refuses for its limits waits as long as Meta says, and holds up whom it concerns.
func TestRefusalsForLimits(t *testing.T) {
	t.Parallel()
	refuse := func(times, status, code int, after string) func(int) (int, http.Header, string) {
		done := 0
		return func(int) (int, http.Header, string) {
			if done++; done > times {
				return 0, nil, ""
			}
			h := http.Header{}
			if after != "" {
				h.Set("Retry-After", after)
			}
			return status, h, fmt.Sprintf(`{"error":{"code":%d,"message":"limit"}}`, code)
		}
	}
	s := time.Second
	for _, tt := range []struct {
		name   string
		refuse func(int) (int, http.Header, string)
		other  time.Duration // when a message to another user is sent
		want   []time.Duration
	}{
		{"pair limit", refuse(3, 400, 131056, ""), 0, []time.Duration{0, 1 * s, 5 * s, 21 * s}},
		{"pair limit with a time", refuse(1, 429, 131056, "7"), 0, []time.Duration{0, 7 * s}},
		{"throughput", refuse(2, 429, 130429, "3"), 6 * s, []time.Duration{0, 3 * s, 6 * s}},
		{"429 without a time", refuse(3, 429, 0, ""), 7 * s, []time.Duration{0, 1 * s, 3 * s, 7 * s}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := &metaInVirtualTime{refuse: tt.refuse}
				o := m.outbox(0, 0)
				var wg sync.WaitGroup
				wg.Go(func() {
					if err := say(t.Context(), o, "1"); err != nil {
						t.Error(err)
					}
				})
				synctest.Wait()
				m.mu.Lock()
				inner := m.refuse
				m.refuse = func(n int) (int, http.Header, string) {
					if m.to[n] == "+2" {
						return 0, nil, ""
					}
					return inner(n)
				}
				m.mu.Unlock()
				must(t, say(t.Context(), o, "2"))
				wg.Wait()
				var first, second []time.Duration
				for i, to := range m.to {
					if to == "+1" {
						first = append(first, m.at[i])
					} else {
						second = append(second, m.at[i])
					}
				}
				if tt.other == 0 {
					equal(t, "the user", first, tt.want)
					equal(t, "another user", second, []time.Duration{0})
				} else if len(second) != 1 || second[0] < tt.want[1] {
					t.Errorf("another user got a message at %v, although the number was told to wait until %v", second, tt.want[1])
				}
			})
		})
	}
}

// A message of which nobody knows whether it was sent is not sent again, and counts.
func TestUnknownOutcomeIsNotRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, status := range []int{-1, 502} {
			m := &metaInVirtualTime{refuse: func(n int) (int, http.Header, string) {
				if n == 0 {
					return status, nil, "<html>"
				}
				return 0, nil, ""
			}}
			o := m.outbox(6*time.Second, 0)
			err := say(t.Context(), o, "1")
			if len(m.at) != 1 || err == nil {
				t.Errorf("%d: %d requests, %v", status, len(m.at), err)
			}
			if !graph.OutcomeUnknown(err) {
				t.Errorf("%v", err)
			}
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
