package whatsapp_test

import (
	"context"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A webhook of 1,000 events, as large as Meta makes them: each message is handled once, and what is not known is
// passed over. The same webhook again does nothing.
func TestAThousandEventsInOneWebhook(t *testing.T) {
	t.Parallel()
	r := newRig(t, onStore(memory.New()))
	var mu sync.Mutex
	handled := make(map[string]int)
	all := make(chan struct{})
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error {
		mu.Lock()
		defer mu.Unlock()
		if handled[m.Text()]++; len(handled) == 900 {
			close(all)
		}
		return nil
	})
	var hooks []whatsapptest.Envelope
	for i := range 1000 {
		from := whatsapptest.User{WaID: fmt.Sprintf("1555333%04d", i%7)} // one of them writes 143 messages
		kind, members := "text", map[string]any{"text": map[string]any{"body": fmt.Sprintf("m%d", i)}}
		if i%10 == 0 {
			kind, members = "a_kind_of_the_future", map[string]any{"a_kind_of_the_future": 7}
			from = whatsapptest.User{WaID: "15554440000"}
		}
		if i%20 == 10 {
			kind, members = "reaction", map[string]any{"reaction": map[string]any{"emoji": "x", "message_id": "y"}}
		}
		_, w := r.meta.MessageWebhook(from, kind, members)
		hooks = append(hooks, w)
	}
	batch := whatsapptest.Batch(hooks...)
	for _, want := range []string{"processing", "ignored"} {
		reply, err := r.meta.Post(r.ctx(), batch)
		must(t, err)
		if reply.Status != 200 || !strings.Contains(string(reply.Body), want) {
			t.Fatalf("%d %s, want %s", reply.Status, reply.Body, want)
		}
	}
	next(r, all)
	r.await(func(h whatsapp.Health) bool { return h.Answering == 0 })
	mu.Lock()
	defer mu.Unlock()
	for text, n := range handled {
		if n != 1 {
			t.Errorf("%s was handled %d times", text, n)
		}
	}
}

// More messages of one user than may wait are not lost: Meta is asked to send them again.
func TestAFlood(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	begun, goOn := make(chan string, 1), make(chan struct{})
	var once sync.Once
	r.bot.OnMessage(func(context.Context, *whatsapp.Message) error {
		once.Do(func() { begun <- ""; <-goOn })
		return nil
	})
	post := func(n int) whatsapptest.Reply {
		t.Helper()
		var hooks []whatsapptest.Envelope
		for range n {
			_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "x"}})
			hooks = append(hooks, w)
		}
		reply, err := r.meta.Post(r.ctx(), whatsapptest.Batch(hooks...))
		must(t, err)
		return reply
	}
	post(1)
	next(r, begun)
	if reply := post(1000); reply.Status != 200 {
		t.Errorf("1,000 messages: %d %s", reply.Status, reply.Body)
	}
	if reply := post(100); reply.Status != 503 || !strings.Contains(string(reply.Body), "busy") {
		t.Errorf("100 more: %d %s", reply.Status, reply.Body)
	}
	h := r.bot.Health()
	if h.Counts["messages"] != 1025 || h.Counts["messages_busy"] != 76 {
		t.Errorf("taken %d, refused %d", h.Counts["messages"], h.Counts["messages_busy"])
	}
	close(goOn)
}

// Statuses come in any order, more than once, and before the answer to the request that they are about.
func TestStatusesInAnyOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(writes(echoModel()))
	for _, status := range []string{"read", "delivered", "sent", "read", "delivered", "failed", "a_status_of_the_future", ""} {
		body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"metadata":`+
			`{"phone_number_id":%q},"statuses":[{"id":"wamid.unknown","status":%q,"timestamp":"1","recipient_id":"15559990000"}]}}]}]}`,
			r.meta.PhoneNumberID(), status)
		reply, err := r.meta.Post(r.ctx(), []byte(body))
		must(t, err)
		if reply.Status != 200 {
			t.Errorf("%q: %d %s", status, reply.Status, reply.Body)
		}
	}
	r.write(ada, "hi")
	if got := r.reply(ada); got != "You said: hi" {
		t.Errorf("got %q", got)
	}
}

// What a body is, is told by the body.
func TestContentTypes(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	texts := make(chan string, 8)
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error { texts <- m.Text(); return nil })
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", "",
		"application/json; charset=utf-16"} {
		_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "as " + kind}})
		reply, err := r.meta.Post(r.ctx(), w, whatsapptest.WithHeader("Content-Type", kind))
		must(t, err)
		if reply.Status != 200 || !strings.Contains(string(reply.Body), "processing") {
			t.Errorf("%q: %d %s", kind, reply.Status, reply.Body)
		} else if got := next(r, texts); got != "as "+kind {
			t.Errorf("got %q as %q", got, kind)
		}
	}
}

// Clients that never finish their bodies keep nobody else waiting.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(writes(echoModel()))
	address, err := url.Parse(r.url)
	must(t, err)
	for range 50 {
		conn, err := net.Dial("tcp", address.Host)
		must(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "POST %s/webhook HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n{\"object\":", address.Path)
		must(t, err)
	}
	r.await(func(h whatsapp.Health) bool { return h.Counts["webhooks"] == 50 }) // all of them are being read
	r.write(ada, "hi")
	if got := r.reply(ada); got != "You said: hi" {
		t.Errorf("got %q", got)
	}
}
