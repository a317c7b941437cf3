package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// restart starts another bot in the place of the rig's, which may still live, as one that was killed would not.
func (r *rig) restart(change func(*whatsapp.Config), handler whatsapp.MessageHandler) {
	r.t.Helper()
	cfg := r.cfg
	if change != nil {
		change(&cfg)
	}
	r.bot = whatsapp.New(cfg)
	if handler != nil {
		r.bot.OnMessage(handler)
	}
	e := echo.New()
	r.bot.Mount(e.Group("/whatsapp"))
	server := httptest.NewServer(e)
	r.url = server.URL + "/whatsapp"
	r.meta.SetWebhook(r.url + "/webhook")
	bot := r.bot
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := bot.Shutdown(ctx); err != nil {
			r.t.Errorf("shutdown: %v", err)
		}
		server.Close()
	})
}

// cutShort ends the rig's bot without waiting for anything.
func (r *rig) cutShort() {
	ctx, cancel := context.WithCancel(r.t.Context())
	cancel()
	_ = r.bot.Shutdown(ctx) // it complains that it was cut short
}

// onStore lets a bot keep all it has in a store.
func onStore(s services.Store) func(*whatsapp.Config) {
	return func(c *whatsapp.Config) { c.Journal, c.Conversations = s, conversation.NewBook(s) }
}

// stuck is a handler that never answers, and tells when it has begun.
func stuck(begun chan<- string) whatsapp.MessageHandler {
	return func(ctx context.Context, m *whatsapp.Message) error {
		begun <- m.Text()
		<-ctx.Done()
		return ctx.Err()
	}
}

func TestMessagesOfBeforeTheRestart(t *testing.T) {
	t.Parallel()
	store := memory.New()
	r := newRig(t, onStore(store))
	begun := make(chan string, 8)
	r.bot.OnMessage(stuck(begun))
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	var hooks []whatsapptest.Envelope
	post := func(from whatsapptest.User, text string) {
		t.Helper()
		_, w := r.meta.MessageWebhook(from, "text", map[string]any{"text": map[string]any{"body": text}})
		hooks = append(hooks, w)
		reply, err := r.meta.Post(r.ctx(), w)
		must(t, err)
		if reply.Status != 200 || !strings.Contains(string(reply.Body), "processing") {
			t.Fatalf("webhook: %d %s", reply.Status, reply.Body)
		}
	}
	post(ada, "one")
	next(r, begun)
	post(ada, "two")
	post(bob, "three")
	next(r, begun)
	r.cutShort()

	llm := echoModel()
	r.restart(nil, writes(llm))
	for _, want := range []string{"You said: one", "You said: two"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := r.reply(bob); got != "You said: three" {
		t.Errorf("got %q", got)
	}
	for _, w := range hooks { // Meta may send them again
		reply, err := r.meta.Post(r.ctx(), w)
		must(t, err)
		if !strings.Contains(string(reply.Body), "ignored") {
			t.Errorf("a duplicate is answered %s", reply.Body)
		}
	}
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 3 || h.Counts["messages_uncertain"] != 0 || len(h.Issues) != 0 {
		t.Errorf("health: %v %v", h.Counts, h.Issues)
	}
	must(t, r.bot.Shutdown(r.ctx()))

	r.restart(nil, writes(llm))
	reply, err := r.meta.Post(r.ctx(), hooks[0])
	must(t, err)
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 0 || !strings.Contains(string(reply.Body), "ignored") {
		t.Errorf("after a clean end: %v, a duplicate: %s", h.Counts, reply.Body)
	}
	if n := len(r.meta.Messages(ada)) + len(r.meta.Messages(bob)); n != 3 {
		t.Errorf("%d answers", n)
	}
}

// What a turn that was cut off has left in the conversation is not said twice.
func TestAConversationAfterTheRestart(t *testing.T) {
	t.Parallel()
	store := memory.New()
	r := newRig(t, onStore(store))
	asked := make(chan string, 1)
	r.bot.OnMessage(writes(&model{answer: func(last string) (string, error) {
		asked <- last
		<-t.Context().Done()
		return "", errors.New("the process has died")
	}}))
	r.write(ada, "one")
	next(r, asked)
	// The old bot is left hanging in its model, and the next one takes its journal.
	llm := echoModel()
	r.restart(nil, writes(llm))
	r.reply(ada)
	r.write(ada, "two")
	r.reply(ada)
	want := []string{"user: one", "assistant: You said: one", "user: two"}
	if diff := cmp.Diff(want, llm.last()); diff != "" {
		t.Errorf("the model was told (-want +got):\n%s", diff)
	}
}

// watched is a store that tells when a part of the journal was written.
type watched struct {
	services.Store
	written chan string
}

func (w *watched) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	n, err := w.Store.Put(ctx, key, value, revision)
	if err == nil && strings.HasPrefix(key, "journal/") {
		w.written <- string(value)
	}
	return n, err
}

// An answer that was being sent when the process ended is not sent again, and that is told.
func TestAnAnswerThatWasInFlight(t *testing.T) {
	t.Parallel()
	store := &watched{Store: memory.New(), written: make(chan string, 64)}
	r := newRig(t, onStore(store))
	r.bot.OnMessage(writes(echoModel()))
	r.meta.Inject(whatsapptest.Latency(time.Second).On("messages", "text"))
	_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "one"}})
	_, err := r.meta.Post(r.ctx(), w)
	must(t, err)
	for range 4 { // the checkpoint, the beginning, the message, and that an answer is about to be sent
		next(r, store.written)
	}
	r.restart(nil, writes(echoModel()))
	r.await(func(h whatsapp.Health) bool { return h.Counts["messages_uncertain"] == 1 })
	reply, err := r.meta.Post(r.ctx(), w)
	must(t, err)
	if !strings.Contains(string(reply.Body), "ignored") {
		t.Errorf("the message comes again: %s", reply.Body)
	}
	if log := r.log.String(); !strings.Contains(log, "is not sent again") || !strings.Contains(log, "from=…0000") || strings.Contains(log, ada.WaID) {
		t.Errorf("log:\n%s", log)
	}
	if got := r.reply(ada); got != "You said: one" || len(r.meta.Messages(ada)) != 1 {
		t.Errorf("the first bot's answer: %q, %d in all", got, len(r.meta.Messages(ada)))
	}
}

// The model learns that such an answer may have arrived, so that it does not answer the question once more.
func TestTheModelKnowsOfAnAnswerThatWasInFlight(t *testing.T) {
	t.Parallel()
	sending := make(chan string, 1)
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(memory.New())(c)
		c.Debounce, c.Supersede = 50*time.Millisecond, true
		c.GraphOptions = append(c.GraphOptions, graph.WithHTTPClient(&http.Client{Transport: &hangs{sending: sending}}))
	})
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "one")
	next(r, sending)
	r.cutShort()
	llm := echoModel()
	r.restart(nil, writes(llm))
	r.write(ada, "two")
	if got := r.reply(ada); got != "You said: two" {
		t.Errorf("got %q", got)
	}
	want := []string{"user: one", "assistant: [My answer to this was being sent when I was restarted; the user may have got it]", "user: two"}
	if diff := cmp.Diff(want, llm.last()); diff != "" {
		t.Errorf("the model was told (-want +got):\n%s", diff)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	r.restart(nil, writes(llm))
	r.write(ada, "three")
	r.reply(ada)
	if h := r.bot.Health(); h.Counts["messages_uncertain"] != 0 || len(llm.last()) != 5 {
		t.Errorf("after one more restart: %v, the model was told %q", h.Counts, llm.last())
	}
}

// hangs is a way to Meta on which the first text gets stuck.
type hangs struct {
	sending chan<- string
	once    sync.Once
}

func (h *hangs) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	stuck := false
	if !strings.Contains(string(b), `"status":"read"`) {
		h.once.Do(func() { stuck = true })
	}
	if !stuck {
		return http.DefaultTransport.RoundTrip(r)
	}
	httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
	h.sending <- string(b)
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Two bots that share a store and a name: the one that was started last answers, the other says what is wrong.
func TestTwoBotsOfOneName(t *testing.T) {
	t.Parallel()
	store := memory.New()
	r := newRig(t, onStore(store))
	begun, goOn := make(chan string, 1), make(chan struct{})
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		begun <- m.Text()
		<-goOn
		return m.Reply(ctx, "from the first")
	})
	old, oldURL := r.bot, r.url
	r.write(ada, "one")
	next(r, begun)
	r.restart(nil, writes(echoModel()))
	if got := r.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
	close(goOn)
	r.meta.SetWebhook(oldURL + "/webhook")
	reply, err := r.meta.Post(r.ctx(), func() whatsapptest.Envelope {
		_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "two"}})
		return w
	}())
	must(t, err)
	if reply.Status != 500 || !strings.Contains(string(reply.Body), "not_stored") {
		t.Errorf("the first answers %d %s", reply.Status, reply.Body)
	}
	must(t, old.Shutdown(r.ctx()))
	h := old.Health()
	if h.Status != "degraded" || !strings.Contains(strings.Join(h.Issues, "\n"), "node's name") {
		t.Errorf("the first's health: %s %v", h.Status, h.Issues)
	}
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// failing is a store whose writes of the journal fail on demand.
type failing struct {
	services.Store
	fail atomic.Bool
}

func (f *failing) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if f.fail.Load() && strings.HasPrefix(key, "journal/") {
		return 0, errors.New("the disk is full")
	}
	return f.Store.Put(ctx, key, value, revision)
}

func TestAJournalThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	store := &failing{Store: memory.New()}
	r := newRig(t, onStore(store))
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "zero")
	r.reply(ada)
	_, w := r.meta.MessageWebhook(ada, "text", map[string]any{"text": map[string]any{"body": "one"}})
	store.fail.Store(true)
	reply, err := r.meta.Post(r.ctx(), w)
	must(t, err)
	if reply.Status != 500 || !strings.Contains(string(reply.Body), "not_stored") {
		t.Errorf("webhook: %d %s", reply.Status, reply.Body)
	}
	status, body, _ := r.get("/health")
	var h whatsapp.Health
	must(t, json.Unmarshal([]byte(body), &h))
	if status != 200 || h.Status != "degraded" || !strings.Contains(body, "the disk is full") || h.Counts["webhooks_not_stored"] != 1 {
		t.Errorf("health: %d %s", status, body)
	}
	store.fail.Store(false)
	reply, err = r.meta.Post(r.ctx(), w)
	must(t, err)
	if reply.Status != 200 || !strings.Contains(string(reply.Body), "processing") {
		t.Errorf("the same again: %d %s", reply.Status, reply.Body)
	}
	if got := r.reply(ada); got != "You said: one" || len(r.meta.Messages(ada)) != 2 {
		t.Errorf("got %q, %d answers", got, len(r.meta.Messages(ada)))
	}
	if h := r.bot.Health(); h.Status != "active" {
		t.Errorf("health in the end: %v", h.Issues)
	}
}

// An answer waits until its sending is journalled, and is then sent once.
func TestAnAnswerWaitsForTheJournal(t *testing.T) {
	t.Parallel()
	store := &failing{Store: memory.New()}
	r := newRig(t, onStore(store))
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		store.fail.Store(true)
		time.AfterFunc(100*time.Millisecond, func() { store.fail.Store(false) })
		return m.Reply(ctx, "here")
	})
	r.write(ada, "one")
	if got := r.reply(ada); got != "here" || store.fail.Load() {
		t.Errorf("got %q while the journal could not be written: %v", got, store.fail.Load())
	}
}

// unopened is a store that cannot be read at first.
type unopened struct {
	services.Store
	works atomic.Bool
}

func (u *unopened) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if !u.works.Load() {
		return nil, 0, errors.New("connection refused")
	}
	return u.Store.Get(ctx, key)
}

func TestAJournalThatOpensLate(t *testing.T) {
	t.Parallel()
	store := &unopened{Store: memory.New()}
	r := newRig(t, func(c *whatsapp.Config) { c.Journal = store })
	r.bot.OnMessage(writes(echoModel()))
	r.await(func(h whatsapp.Health) bool {
		return h.Status == "degraded" && strings.Contains(strings.Join(h.Issues, "\n"), "connection refused")
	})
	store.works.Store(true)
	r.write(ada, "one") // waits until it is open
	if got := r.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
}

// Callers of before the restart are not left in a dead call.
func TestCallsOfBeforeTheRestart(t *testing.T) {
	t.Parallel()
	store := &watched{Store: memory.New(), written: make(chan string, 64)}
	r := newRig(t, onStore(store))
	r.bot.OnCall(beep)
	call := r.answered(ada)
	over := r.answered(whatsapptest.User{WaID: "15558880000", Name: "Bob"})
	must(t, over.HangUp(r.ctx()))
	for seen := 0; seen < 2; { // its beginning and its end
		seen += strings.Count(next(r, store.written), over.ID())
	}
	r.restart(nil, nil)
	if e := r.ended(call); e.By != whatsapptest.ByBusiness {
		t.Errorf("the call ended by %v: %s", e.By, e.Reason)
	}
	r.await(func(h whatsapp.Health) bool { return h.Counts["calls_recovered"] == 1 })
	reply, err := r.meta.Post(r.ctx(), call.ConnectWebhook())
	must(t, err)
	if !strings.Contains(string(reply.Body), "ignored") {
		t.Errorf("the call's webhook comes again: %s", reply.Body)
	}
}
