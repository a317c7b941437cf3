package whatsapp_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// batch posts several texts of a user in one webhook.
func (r *rig) batch(from whatsapptest.User, texts ...string) {
	r.t.Helper()
	var changes []any
	for _, text := range texts {
		_, envelope := r.meta.MessageWebhook(from, "text", map[string]any{"text": map[string]any{"body": text}})
		b, err := json.Marshal(envelope)
		must(r.t, err)
		var e struct {
			Entry []struct {
				Changes []any `json:"changes"`
			} `json:"entry"`
		}
		must(r.t, json.Unmarshal(b, &e))
		changes = append(changes, e.Entry[0].Changes...)
	}
	reply, err := r.meta.Post(r.ctx(), map[string]any{
		"object": "whatsapp_business_account", "entry": []any{map[string]any{"id": "1", "changes": changes}},
	})
	must(r.t, err)
	if reply.Status != 200 {
		r.t.Fatalf("the batch is answered with %d %s", reply.Status, reply.Body)
	}
}

func TestBurstIsOneTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Debounce = 0 })
	m := echoModel()
	r.bot.OnMessage(writes(m))
	r.batch(ada, "Hi", "I have a question", "about bread")
	if got := r.reply(ada); got != "You said: Hi\nI have a question\nabout bread" {
		t.Errorf("got %q", got)
	}
	// A command divides a burst, and what is before it is answered before it.
	r.batch(ada, "one", "two", "/reset", "three", "four")
	var got []string
	for range 3 {
		got = append(got, r.reply(ada))
	}
	want := []string{"You said: one\ntwo", "Our conversation was reset. We begin anew: what can I do for you?", "You said: three\nfour"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"user: three\nfour"}, m.last()); d != "" {
		t.Error(d)
	}
	r.clean()
}

func TestTurnOfSeveralMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Debounce = 0 })
	turns := make(chan *whatsapp.Message, 1)
	r.bot.OnMessage(func(_ context.Context, m *whatsapp.Message) error { turns <- m; return nil })
	r.batch(ada, "Hi", "there")
	m := next(r, turns)
	events := m.Events()
	if len(events) != 2 || events[0].Text != "Hi" || events[1].Text != "there" || m.ID() != events[1].ID || m.Text() != "Hi\nthere" {
		t.Errorf("turn %q of %v", m.Text(), events)
	}
}

// In Task each message is answered by itself, whatever the debounce.
func TestTaskMergesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Mode, c.Debounce = whatsapp.Task, time.Hour })
	r.bot.OnMessage(writes(echoModel()))
	r.batch(ada, "one", "two")
	for _, want := range []string{"You said: one", "You said: two"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q", got)
		}
	}
}

// A user who waits for an answer gets it at shutdown without further delay.
func TestShutdownDoesNotWaitForMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Debounce, c.DebounceLimit = time.Hour, time.Hour })
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "Hello")
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
}

// What the user may have seen of an answer is not taken back.
func TestAnswerThatIsBeingSentIsFinished(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Supersede = true })
	sent, release := make(chan struct{}, 2), make(chan struct{})
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		if err := m.Reply(ctx, "first of "+m.Text()); err != nil {
			return err
		}
		sent <- struct{}{}
		<-release
		return m.Reply(ctx, "second of "+m.Text())
	})
	r.write(ada, "A")
	next(r, sent)
	r.write(ada, "B")
	close(release)
	for _, want := range []string{"first of A", "second of A", "first of B", "second of B"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNewerMessageSupersedes(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Supersede = true })
	started := make(chan struct{}, 4)
	m := echoModel()
	slow := writes(m)
	r.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
		started <- struct{}{}
		if msg.Text() == "What is two" {
			<-ctx.Done() // a slow model, until it is stopped
			return context.Cause(ctx)
		}
		return slow(ctx, msg)
	})
	r.write(ada, "What is two")
	next(r, started)
	r.write(ada, "and two?")
	// The first was not in the conversation yet, so it is part of the next turn.
	if got := r.reply(ada); got != "You said: What is two\nand two?" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d answers, want 1: no apology for what was superseded", n)
	}
}

// What the model was asked already is not asked again, and the next answer is to both.
func TestSupersededMessageStaysInTheConversation(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Supersede = true })
	asked, release := make(chan struct{}, 4), make(chan struct{})
	m := &model{answer: func(last string) (string, error) {
		asked <- struct{}{}
		if last == "What is two" {
			<-release
		}
		return "You said: " + last, nil
	}}
	r.bot.OnMessage(writes(m))
	r.write(ada, "What is two")
	next(r, asked)
	r.write(ada, "and two?")
	close(release)
	if got := r.reply(ada); got != "You said: and two?" {
		t.Errorf("got %q", got)
	}
	if d := cmp.Diff([]string{"user: What is two", "user: and two?"}, m.last()); d != "" {
		t.Error(d)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d answers, want 1", n)
	}
}

// A reaction wants no answer, so it stops none.
func TestReactionSupersedesNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Supersede = true })
	asked, release := make(chan struct{}, 4), make(chan struct{})
	m := &model{answer: func(last string) (string, error) {
		asked <- struct{}{}
		<-release
		return "You said: " + last, nil
	}}
	r.bot.OnMessage(writes(m))
	id, err := r.meta.SendText(r.ctx(), ada, "Book it")
	must(t, err)
	next(r, asked)
	_, err = r.meta.SendMessage(r.ctx(), ada, "reaction", map[string]any{"reaction": map[string]any{"message_id": id, "emoji": "👍"}})
	must(t, err)
	r.await(func(h whatsapp.Health) bool { return h.Counts["messages"] == 2 })
	close(release)
	if got := r.reply(ada); got != "You said: Book it" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 || len(m.requests) != 1 {
		t.Errorf("%d answers to %d requests, want one", n, len(m.requests))
	}
}
