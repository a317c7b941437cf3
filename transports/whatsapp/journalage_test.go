package whatsapp_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/internal/journal"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// What has waited for a start for a day is not answered, as Meta would refuse it, nor what came to another number. That is told
// once, and forgotten.
func TestMessagesThatAreNotAnsweredAfterARestart(t *testing.T) {
	t.Parallel()
	store, meta := memory.New(), newMeta(t)
	bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
	j, err := journal.Open(t.Context(), store, "bot", slog.New(slog.DiscardHandler))
	must(t, err)
	var items []journal.Item
	for _, m := range []struct {
		from   whatsapptest.User
		text   string
		age    time.Duration
		number string
	}{{ada, "too old", 24*time.Hour + time.Minute, ""}, {bob, "old", 23*time.Hour + 30*time.Minute, meta.PhoneNumberID()}, {bob, "elsewhere", 0, "777"}} {
		at := time.Now().Add(-m.age)
		id, _ := meta.MessageWebhook(m.from, "text", map[string]any{"text": map[string]any{"body": m.text}}) // is lost
		data, err := json.Marshal(struct {
			Event webhook.Message
			At    time.Time
		}{webhook.Message{Metadata: webhook.Metadata{PhoneNumberID: m.number}, ID: id, User: webhook.User{Phone: m.from.WaID}, Time: at, Type: "text", Text: m.text}, at})
		must(t, err)
		items = append(items, journal.Item{Class: journal.Message, ID: id, Data: data})
	}
	_, err = j.Accept(items)
	must(t, err)
	must(t, j.Close(t.Context()))

	r := newRigOn(t, meta, onStore(store))
	llm := echoModel()
	r.bot.OnMessage(writes(llm))
	if got := r.reply(bob); got != "You said: old" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 1 || h.Counts["messages_uncertain"] != 2 || len(llm.requests) != 1 {
		t.Errorf("counts %v, %d requests to the model", h.Counts, len(llm.requests))
	}
	if n := len(r.meta.Messages(ada)); n != 0 {
		t.Errorf("%d answers after a day", n)
	}
	if log := r.log.String(); strings.Count(log, "after 24 hours") != 1 || strings.Count(log, "none of this bot's any more") != 1 || !strings.Contains(log, "from=…0000") {
		t.Errorf("log:\n%s", log)
	}
	r.restart(nil, writes(llm))
	r.write(bob, "now")
	if got := r.reply(bob); got != "You said: now" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 0 || h.Counts["messages_uncertain"] != 0 {
		t.Errorf("told once more: %v", h.Counts)
	}
}

// Of an answer that was in flight, nothing is noted in a conversation that does not have the question.
func TestAnAnswerInFlightToAQuestionThatIsForgotten(t *testing.T) {
	t.Parallel()
	store, meta := memory.New(), newMeta(t)
	j, err := journal.Open(t.Context(), store, "bot", slog.New(slog.DiscardHandler))
	must(t, err)
	data, err := json.Marshal(map[string]any{"Event": webhook.Message{ID: "wamid.1", User: webhook.User{Phone: ada.WaID}, Type: "text", Text: "one"}, "At": time.Now()})
	must(t, err)
	_, err = j.Accept([]journal.Item{{Class: journal.Message, ID: "wamid.1", Data: data}})
	must(t, err)
	must(t, j.Begin(t.Context(), journal.Message, "wamid.1"))
	must(t, j.Close(t.Context()))

	r := newRigOn(t, meta, onStore(store))
	llm := echoModel()
	r.bot.OnMessage(writes(llm))
	r.write(ada, "two")
	if got := r.reply(ada); got != "You said: two" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if d := cmp.Diff([]string{"user: two"}, llm.last()); d != "" {
		t.Errorf("the model was told (-want +got):\n%s", d)
	}
	if h := r.bot.Health(); h.Counts["messages_uncertain"] != 1 || len(meta.Messages(ada)) != 1 {
		t.Errorf("counts %v, %d messages", h.Counts, len(meta.Messages(ada)))
	}
}

// Messages of before the restart wait for the handler, however late it is set.
func TestMessagesWaitForTheHandler(t *testing.T) {
	t.Parallel()
	r := newRig(t, onStore(memory.New()))
	begun := make(chan string, 1)
	r.bot.OnMessage(stuck(begun))
	r.write(ada, "one")
	next(r, begun)
	r.cutShort()
	r.restart(nil, nil)
	r.await(func(h whatsapp.Health) bool { return h.Counts["messages_recovered"] == 1 })
	r.bot.OnMessage(writes(echoModel()))
	if got := r.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// What Meta refuses for its limits is only tried by the next bot if nothing of the answer may have arrived before.
func TestAnAnswerThatMayHaveArrivedIsNotRevoked(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]*whatsapptest.Fault{"arrived": nil, "unknown": new(whatsapptest.ResetAfterEffect())} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, onStore(durable{memory.New()}))
			r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
				err := m.Reply(ctx, "first") // whether it has arrived may not be known
				if m.Text() != "one" {
					return err
				}
				r.meta.Inject(whatsapptest.RateLimited(time.Hour).On("messages", "text"))
				return m.Reply(ctx, "second")
			})
			if first != nil {
				r.meta.Inject(first.On("messages", "text"))
			}
			r.write(ada, "one")
			if got := r.reply(ada); got != "first" {
				t.Errorf("got %q", got)
			}
			r.await(func(h whatsapp.Health) bool { return h.Counts["messages_limited"] == 1 })
			r.write(whatsapptest.User{WaID: "15558880000"}, "hi") // behind which nothing of before is unwritten
			r.cutShort()
			r.restart(nil, writes(echoModel()))
			r.write(ada, "two")
			if got := r.reply(ada); got != "You said: two" {
				t.Errorf("got %q", got)
			}
			if h := r.bot.Health(); h.Counts["messages_uncertain"] != 1 || h.Counts["messages_recovered"] != 1 {
				t.Errorf("counts %v", h.Counts)
			}
		})
	}
}
