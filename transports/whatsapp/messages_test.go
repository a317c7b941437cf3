package whatsapp_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// model answers requests with a function of what the user said last, and keeps them.
type model struct {
	mu       sync.Mutex
	requests []services.Request
	answer   func(last string) (string, error)
}

func (m *model) Generate(_ context.Context, r services.Request) iter.Seq2[services.Delta, error] {
	m.mu.Lock()
	m.requests = append(m.requests, r)
	m.mu.Unlock()
	return func(yield func(services.Delta, error) bool) {
		text, err := m.answer(r.Messages[len(r.Messages)-1].Text)
		for word := range strings.SplitAfterSeq(text, " ") {
			if !yield(services.Delta{Text: word}, nil) {
				return
			}
		}
		if err != nil {
			yield(services.Delta{}, err)
		}
	}
}

// last is what the model was told last, "role: text" each.
func (m *model) last() (lines []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, msg := range m.requests[len(m.requests)-1].Messages {
		lines = append(lines, string(msg.Role)+": "+msg.Text)
	}
	return lines
}

func echoModel() *model {
	return &model{answer: func(last string) (string, error) { return "You said: " + last, nil }}
}

// writes makes a handler of messages out of a model.
func writes(m services.LLM) whatsapp.MessageHandler {
	return func(ctx context.Context, msg *whatsapp.Message) error {
		return pipeline.New(msg.Input(), processors.LLM(m, msg.Conversation()), msg.Output()).Run(ctx)
	}
}

// reply waits for the next text of the bot.
func (r *rig) reply(to whatsapptest.User) string {
	r.t.Helper()
	m, err := r.meta.WaitMessage(r.ctx(), to)
	must(r.t, err)
	return m.Text
}

func (r *rig) write(from whatsapptest.User, text string) {
	r.t.Helper()
	_, err := r.meta.SendText(r.ctx(), from, text)
	must(r.t, err)
}

func TestTextIsAnswered(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := echoModel()
	r.bot.OnMessage(writes(m))
	r.write(ada, "Hello 👋")
	if got := r.reply(ada); got != "You said: Hello 👋" {
		t.Errorf("got %q", got)
	}
	for _, kind := range []whatsapptest.Kind{whatsapptest.EventRead, whatsapptest.EventTyping} {
		_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool { return e.Kind == kind })
		must(t, err)
	}
	// What was answered is remembered, since Meta took it.
	r.write(ada, "Again")
	r.reply(ada)
	want := []string{"user: Hello 👋", "assistant: You said: Hello 👋", "user: Again"}
	if d := cmp.Diff(want, m.last()); d != "" {
		t.Error(d)
	}
	r.clean()
}

func TestWaysToBeKnown(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := echoModel()
	r.bot.OnMessage(writes(m))
	hidden := whatsapptest.User{ID: ada.ID, WaID: ada.WaID, Hidden: true}
	r.write(ada, "with both")
	r.reply(ada)
	r.write(hidden, "with the id alone")
	if got := r.reply(hidden); got != "You said: with the id alone" {
		t.Errorf("got %q", got)
	}
	if n := len(m.last()); n != 3 {
		t.Errorf("the model was told %q: not one conversation", m.last())
	}
}

// A text and a call are one conversation.
func TestCallAndTextsAreOneConversation(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	m := echoModel()
	r.bot.OnMessage(writes(m))
	seen := make(chan []string, 1)
	r.bot.OnCall(func(ctx context.Context, c *whatsapp.Call) error {
		<-c.Accepted()
		var lines []string
		for _, msg := range c.Conversation().Snapshot().Messages {
			lines = append(lines, msg.Text)
		}
		seen <- lines
		_, err := c.Conversation().Append(ctx, services.Message{Role: services.User, Text: "said in the call", Via: "call"})
		return err
	})
	r.write(ada, "written")
	r.reply(ada)
	r.ended(r.answered(whatsapptest.User{ID: ada.ID, WaID: ada.WaID, Hidden: true}))
	if d := cmp.Diff([]string{"written", "You said: written"}, next(r, seen)); d != "" {
		t.Error(d)
	}
	r.write(ada, "written again")
	r.reply(ada)
	want := []string{"user: written", "assistant: You said: written", "user: said in the call", "user: written again"}
	if d := cmp.Diff(want, m.last()); d != "" {
		t.Error(d)
	}
}

func TestLongAnswerIsSplit(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	long := strings.Repeat("This sentence fills the answer up. ", 300)
	m := &model{answer: func(string) (string, error) { return long, nil }}
	r.bot.OnMessage(writes(m))
	r.write(ada, "Tell me everything")
	var all string
	for len(all) < len(strings.TrimSpace(long)) {
		part := r.reply(ada)
		if len(part) > graph.MaxTextUnits {
			t.Fatalf("a part has %d characters", len(part))
		}
		all += part
	}
	if all != strings.TrimSpace(long) {
		t.Error("the parts are not the answer")
	}
	r.clean()
}

// An answer that just fits is one message.
func TestLongestAnswerIsOneMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	size := make(chan int, 1)
	r.bot.OnMessage(writes(&model{answer: func(string) (string, error) { return strings.Repeat("ab ", <-size/3) + "c", nil }}))
	for _, tt := range []struct{ size, messages int }{{4096, 1}, {4099, 2}} {
		size <- tt.size
		before := len(r.meta.Messages(ada))
		r.write(ada, "Tell me everything")
		for range tt.messages {
			r.reply(ada)
		}
		r.await(func(h whatsapp.Health) bool { return h.Answering == 0 })
		if n := len(r.meta.Messages(ada)) - before; n != tt.messages {
			t.Errorf("%d characters are %d messages, want %d", tt.size, n, tt.messages)
		}
	}
}

// The messages of one user are answered in order, those of several at the same time.
func TestOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	release := make(chan struct{})
	m := &model{answer: func(last string) (string, error) {
		if last == "slow" {
			<-release
		}
		return last, nil
	}}
	r.bot.OnMessage(writes(m))
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	r.write(ada, "slow")
	r.write(ada, "second")
	r.write(ada, "third")
	r.write(bob, "quick")
	if got := r.reply(bob); got != "quick" {
		t.Errorf("got %q", got)
	}
	close(release)
	for _, want := range []string{"slow", "second", "third"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestApologies(t *testing.T) {
	t.Parallel()
	const sorry = "Oh dear."
	tests := []struct {
		name    string
		handler whatsapp.MessageHandler
	}{
		{"the handler fails", func(context.Context, *whatsapp.Message) error { return errors.New("no model") }},
		{"the handler panics", func(context.Context, *whatsapp.Message) error { panic("oops") }},
		{"the handler takes too long", func(ctx context.Context, _ *whatsapp.Message) error { <-ctx.Done(); return context.Cause(ctx) }},
		{"the model fails and its stage says nothing", func(ctx context.Context, msg *whatsapp.Message) error {
			broken := &model{answer: func(string) (string, error) { return "", errors.New("no answer") }}
			return pipeline.New(msg.Input(), processors.LLM(broken, msg.Conversation(), processors.WithApology("")), msg.Output()).Run(ctx)
		}},
		{"the pipeline does not fit together", func(ctx context.Context, msg *whatsapp.Message) error {
			return pipeline.New(msg.Input(), msg.Output()).Run(ctx)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.Texts.Apology = sorry; c.MessageTimeout = 300 * time.Millisecond })
			r.bot.OnMessage(tt.handler)
			r.write(ada, "Hello")
			if got := r.reply(ada); got != sorry+" Or write /reset to begin anew." {
				t.Errorf("got %q", got)
			}
		})
	}
}

func TestKindsOfMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Texts.Unreadable = "only text" })
	r.bot.OnMessage(writes(&model{answer: func(last string) (string, error) { return "<" + last + ">", nil }}))
	for _, tt := range []struct {
		kind    string
		members map[string]any
		want    string
	}{
		{"button", map[string]any{"button": map[string]any{"text": "Yes", "payload": "y"}}, "<Yes>"},
		{"interactive", map[string]any{"interactive": map[string]any{"type": "button_reply", "button_reply": map[string]any{"id": "b", "title": "No"}}}, "<No>"},
		{"interactive", map[string]any{"interactive": map[string]any{"type": "list_reply", "list_reply": map[string]any{"id": "r", "title": "Row"}}}, "<Row>"},
		{"image", map[string]any{"image": map[string]any{"mime_type": "image/jpeg"}}, "only text"}, // without an id
		{"location", nil, "only text"},
		{"unsupported", map[string]any{"unsupported": map[string]any{"type": "poll_creation"}}, "only text"},
		{"something_new", nil, "only text"},
	} {
		_, err := r.meta.SendMessage(r.ctx(), ada, tt.kind, tt.members)
		must(t, err)
		if got := r.reply(ada); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.kind, got, tt.want)
		}
	}
}

func TestUsersWhoAreNotAllowed(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.AllowedNumbers = []string{"+1 (555) 888-0000"} })
	r.bot.OnMessage(writes(echoModel()))
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	r.write(ada, "one")
	if got := r.reply(ada); got != "This operation not allowed" {
		t.Errorf("got %q", got)
	}
	r.write(ada, "two")
	r.write(bob, "hello")
	if got := r.reply(bob); got != "You said: hello" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d messages; want one an hour", n)
	}
	if r.bot.IsUserAllowed(ada.WaID) || !r.bot.IsUserAllowed("+1 555 888 0000") {
		t.Error("IsUserAllowed disagrees")
	}
}

// What becomes of an answer when the Graph API fails.
func TestGraphFaultsOfMessages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		fault whatsapptest.Fault
		sent  int
	}{
		{"500 of Meta's", whatsapptest.InternalError(), 1},
		{"HTML 503", whatsapptest.Unavailable(), 1},
		{"rate limit", whatsapptest.RateLimited(0), 1},
		{"lost after it was sent: not sent twice", whatsapptest.ResetAfterEffect(), 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.bot.OnMessage(writes(echoModel()))
			r.meta.Inject(tt.fault.On("messages", "text"))
			r.write(ada, "Hello")
			if got := r.reply(ada); got != "You said: Hello" {
				t.Errorf("got %q", got)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			if n := len(r.meta.Messages(ada)); n != tt.sent {
				t.Errorf("%d messages, want %d", n, tt.sent)
			}
		})
	}
}

// A message that waits for its turn is answered before the bot ends.
func TestShutdownFinishesMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	started, release := make(chan struct{}, 8), make(chan struct{})
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		started <- struct{}{}
		<-release
		return m.Reply(ctx, "done: "+m.Text())
	})
	r.write(ada, "one")
	r.write(ada, "two")
	next(r, started)
	time.AfterFunc(50*time.Millisecond, func() { close(release) })
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 2 {
		t.Errorf("%d answers, want 2", n)
	}
}
