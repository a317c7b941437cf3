package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/internal/redisserver"
	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// startNATS starts a server in this process and returns the setting for it.
func startNATS(t *testing.T) string {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(limit) {
		t.Fatal("NATS did not start")
	}
	return "nats:" + s.ClientURL()
}

// startRedis starts a server and returns the setting for it.
func startRedis(t *testing.T) string {
	t.Helper()
	s, err := redisserver.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Kill)
	return "redis:" + s.URL()
}

// node is one bot of several on one store.
type node struct {
	*whatsapp.Bot
	url string
	mu  sync.Mutex
	// asked is what the model of this node was told last, but for the instructions.
	asked []services.Message
}

func (n *node) Generate(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked = r.Messages
	last := r.Messages[len(r.Messages)-1].Text
	return func(yield func(services.Delta, error) bool) { yield(services.Delta{Text: "re: " + last}, nil) }
}

func (n *node) last() []services.Message {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

// startNode starts a bot with a connection to the store of its own.
func startNode(t *testing.T, meta *whatsapptest.Emulator, spec, name string, beat time.Duration) *node {
	t.Helper()
	store, err := auto.Store(spec)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{}
	n.Bot = whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), AppSecret: meta.AppSecret(), APIBaseURL: meta.GraphURL(),
		Mode: whatsapp.Chat, Debounce: -1, Conversations: conversation.NewBook(store), Journal: store, Node: name,
		Heartbeat:    whatsapp.Heartbeat{Period: beat, Message: "beat"},
		GraphOptions: []graph.Option{graph.WithFirstPause(5 * time.Millisecond)},
	})
	n.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		return pipeline.New(m.Input(), processors.LLM(n, m.Conversation()), m.Output()).Run(ctx)
	})
	e := echo.New()
	n.Mount(e.Group("/whatsapp"))
	s := httptest.NewServer(e)
	n.url = s.URL + "/whatsapp/webhook"
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := n.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return n
}

func texts(messages []services.Message) (all []string) {
	for _, m := range messages {
		all = append(all, m.Text)
	}
	return all
}

// TestTwoBotsOnOneStore has two processes' worth of bots answer the same users.
func TestTwoBotsOnOneStore(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{"nats": startNATS, "redis": startRedis} {
		t.Run(name, func(t *testing.T) {
			spec := start(t)
			meta, err := whatsapptest.New()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { meta.Close() })
			ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
			defer cancel()
			a, b := startNode(t, meta, spec, "a", 0), startNode(t, meta, spec, "b", 0)
			write := func(n *node, from whatsapptest.User, text, want string) {
				t.Helper()
				meta.SetWebhook(n.url)
				if _, err := meta.SendText(ctx, from, text); err != nil {
					t.Fatal(err)
				}
				m, err := meta.WaitMessage(ctx, from)
				if err != nil || m.Text != want {
					t.Fatalf("%q is answered with %q (%v)", text, m.Text, err)
				}
			}
			for _, from := range []whatsapptest.User{{WaID: "15559990000", ID: "US.9"}, {WaID: "15558880000", ID: "US.8", Hidden: true}} {
				// Both hold the conversation, and each finds what the other has added.
				for i, text := range []string{"one", "two", "three"} {
					write([]*node{a, b, a}[i], from, text, "re: "+text)
					settled(t, spec, from.ID, 2*i+2)
				}
				if got, want := texts(a.last()), []string{"one", "re: one", "two", "re: two", "three"}; !slices.Equal(got, want) {
					t.Errorf("the first node knows %q, want %q", got, want)
				}
				write(b, from, "/reset", "Our conversation was reset. We begin anew: what can I do for you?")
				write(a, from, "four", "re: four")
				if got := texts(a.last()); !slices.Equal(got, []string{"four"}) {
					t.Errorf("after a reset by the other node, the first knows %q", got)
				}
				settled(t, spec, from.ID, 2)
				// Both at the same time.
				const each = 8
				var posting sync.WaitGroup
				for _, n := range []*node{a, b} {
					posting.Go(func() { // ends with its texts
						for i := range each {
							_, envelope := meta.MessageWebhook(from, "text", map[string]any{"text": map[string]any{"body": fmt.Sprint(n.url, i)}})
							if err := post(n.url, meta.AppSecret(), envelope); err != nil {
								t.Error(err)
							}
						}
					})
				}
				posting.Wait()
				all := settled(t, spec, from.ID, 2+4*each)
				for _, n := range []*node{a, b} {
					at := -1
					for i := range each {
						next := slices.Index(all, fmt.Sprint(n.url, i))
						if next <= at || !slices.Contains(all, fmt.Sprint("re: ", n.url, i)) {
							t.Errorf("a text of %s, or its answer, is missing or out of order: %q", n.url, all)
						}
						at = next
					}
				}
				for range 2 * each {
					if _, err := meta.WaitMessage(ctx, from); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, v := range meta.Violations() {
				t.Errorf("a bot broke a rule: %v", v)
			}
		})
	}
}

// TestARepeatThatReachesAnotherBot has each webhook come to two bots at once, to both again, and to the next process of one.
func TestARepeatThatReachesAnotherBot(t *testing.T) {
	for name, start := range map[string]func(*testing.T) string{"nats": startNATS, "redis": startRedis} {
		t.Run(name, func(t *testing.T) {
			spec := start(t)
			meta, err := whatsapptest.New()
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { meta.Close() })
			ctx, cancel := context.WithTimeout(t.Context(), 2*limit)
			defer cancel()
			a, b := startNode(t, meta, spec, "a", 0), startNode(t, meta, spec, "b", 0)
			const messages = 20
			var hooks []whatsapptest.Envelope
			hand := func(w whatsapptest.Envelope, nodes ...*node) {
				var posting sync.WaitGroup
				for _, n := range nodes {
					posting.Go(func() { // ends with the bot's reply
						if err := post(n.url, meta.AppSecret(), w); err != nil {
							t.Error(err)
						}
					})
				}
				posting.Wait()
			}
			for i := range messages {
				from := whatsapptest.User{WaID: fmt.Sprint(15559990000 + i%4)}
				_, w := meta.MessageWebhook(from, "text", map[string]any{"text": map[string]any{"body": fmt.Sprint(i)}})
				hooks = append(hooks, w)
				hand(w, a, b)
				if m, err := meta.WaitMessage(ctx, from); err != nil || m.Text != fmt.Sprint("re: ", i) {
					t.Fatalf("%d is answered with %q (%v)", i, m.Text, err)
				}
			}
			if err := a.Shutdown(ctx); err != nil {
				t.Error(err)
			}
			next := startNode(t, meta, spec, "a", 0)
			for _, w := range hooks {
				hand(w, next, b)
			}
			for _, n := range []*node{next, b} {
				if err := n.Shutdown(ctx); err != nil {
					t.Error(err)
				}
			}
			sent := 0
			for i := range 4 {
				sent += len(meta.Messages(whatsapptest.User{WaID: fmt.Sprint(15559990000 + i)}))
			}
			if left := a.Health().Counts["messages_elsewhere"] + b.Health().Counts["messages_elsewhere"]; sent != messages || left != messages {
				t.Errorf("%d answers to %d messages, and %d were left to the other bot", sent, messages, left)
			}
		})
	}
}

// post hands a webhook to a bot.
func post(url, secret string, envelope whatsapptest.Envelope) error {
	body, err := json.Marshal(envelope)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(webhook.SignatureHeader, webhook.Sign(secret, body))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("webhook: %s", resp.Status)
	}
	return nil
}

// settled waits until so many messages are stored and returns their texts: an answer is stored a moment after it was
// sent.
func settled(t *testing.T, spec, key string, want int) []string {
	t.Helper()
	store, err := auto.Store(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		c, err := conversation.NewBook(store).Open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		all := texts(c.Snapshot().Messages)
		if len(all) == want {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d messages are stored, want %d: %q", len(all), want, all)
		}
	}
}

// TestTwoBotsGiveOneHeartbeat counts what the recipient gets.
func TestTwoBotsGiveOneHeartbeat(t *testing.T) {
	spec := startNATS(t)
	meta, err := whatsapptest.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { meta.Close() })
	const period = 200 * time.Millisecond
	a := startNode(t, meta, spec, "a", period)
	startNode(t, meta, spec, "b", period)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	ada := whatsapptest.User{WaID: "15559990000"}
	meta.SetWebhook(a.url)
	if _, err := meta.SendText(ctx, ada, "hello"); err != nil {
		t.Fatal(err)
	}
	var first time.Time
	const beats = 8
	for n := 0; n <= beats; {
		m, err := meta.WaitMessage(ctx, ada)
		if err != nil {
			t.Fatal(err)
		}
		if m.Text == "re: beat" {
			if n++; n == 1 {
				first = time.Now()
			}
		}
	}
	if took := time.Since(first); took < beats*period*8/10 {
		t.Errorf("%d beats within %v: each bot gives its own", beats, took)
	}
}
