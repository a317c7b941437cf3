package whatsapp_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// beats configures a heartbeat that tests can wait for.
func beats(c *whatsapp.Config) {
	c.Heartbeat = whatsapp.Heartbeat{Period: 50 * time.Millisecond, Message: "heartbeat"}
}

func TestHeartbeatsAreAnsweredToTheFirstSender(t *testing.T) {
	t.Parallel()
	for name, from := range map[string]whatsapptest.User{
		"number":                ada,
		"no number, just an id": {ID: ada.ID, WaID: ada.WaID, Hidden: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, beats)
			m := echoModel()
			r.bot.OnMessage(writes(m))
			r.await(func(h whatsapp.Health) bool { return h.Heartbeat.Closures > 0 }) // nobody has written
			r.write(from, "hello")
			if got := r.reply(from); got != "You said: hello" {
				t.Fatalf("got %q", got)
			}
			for range 2 {
				if got := r.reply(from); got != "You said: heartbeat" {
					t.Fatalf("got %q", got)
				}
			}
			r.write(from, "still there?")
			for r.reply(from) != "You said: still there?" {
			}
			all := m.last()
			if !slices.Contains(all, "user: hello") || !slices.Contains(all, "user: heartbeat") || !slices.Contains(all, "assistant: You said: heartbeat") {
				t.Errorf("not one conversation: %q", all)
			}
			r.clean()
		})
	}
}

func TestAHeartbeatThatFailsIsNotToldTheUser(t *testing.T) {
	t.Parallel()
	r := newRig(t, beats)
	m := &model{answer: func(last string) (string, error) {
		if last == "heartbeat" {
			return "", errors.New("the model is down")
		}
		return "You said: " + last, nil
	}}
	r.bot.OnMessage(writes(m))
	for _, text := range []string{"one", "two"} {
		r.write(ada, text)
		if got := r.reply(ada); got != "You said: "+text {
			t.Fatalf("got %q", got)
		}
		given := r.bot.Health().Heartbeat.Given
		r.await(func(h whatsapp.Health) bool { return h.Heartbeat.Given > given+2 })
	}
	must(t, r.bot.Shutdown(r.ctx()))
	for _, request := range m.requests { // of which the model hears once each
		for _, said := range request.Messages[:len(request.Messages)-1] {
			if said.Text == "heartbeat" {
				t.Fatalf("a heartbeat to which nothing was sent stays in the conversation: %v", request.Messages)
			}
		}
	}
}

func TestHeartbeatsLoseNoMessageOfTheUser(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		beats(c)
		c.Heartbeat.Period = 5 * time.Millisecond
		c.Debounce = 20 * time.Millisecond
		c.Supersede = true
	})
	m := echoModel()
	r.bot.OnMessage(writes(m))
	words := strings.Fields("alpha bravo charlie delta echo foxtrot golf hotel india juliet")
	for _, word := range words {
		r.write(ada, word)
	}
	// Everything is answered, in its order, however it was put together.
	var heard []string
	for len(heard) < len(words) {
		said := strings.TrimPrefix(r.reply(ada), "You said: ")
		if said == "heartbeat" {
			continue
		}
		if strings.Contains(said, "heartbeat") {
			t.Fatalf("a heartbeat was mixed with the user's words: %q", said)
		}
		heard = append(heard, strings.Fields(said)...)
		if superseded := strings.Count(strings.Join(m.last(), " "), "alpha"); superseded == 0 {
			t.Fatal("the first word is not in the conversation")
		}
		if slices.Contains(heard, words[len(words)-1]) {
			break
		}
	}
	all := strings.Join(m.last(), " ")
	at := 0
	for _, word := range words {
		i := strings.Index(all[at:], word)
		if i < 0 {
			t.Fatalf("%q is missing or out of order: %s", word, all)
		}
		at += i
	}
}

func TestAHeartbeatIsNoMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, beats)
	type seen struct {
		text, id  string
		heartbeat bool
	}
	got := make(chan seen, 1000)
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		got <- seen{m.Text(), m.ID(), m.Heartbeat()}
		return m.Reply(ctx, "ok")
	})
	r.write(ada, "heartbeat")
	if s := await(t, got); s.heartbeat || s.id == "" {
		t.Errorf("the user's own word: %+v", s)
	}
	if s := await(t, got); !s.heartbeat || s.id != "" || s.text != "heartbeat" {
		t.Errorf("a heartbeat: %+v", s)
	}
	r.reply(ada)
	r.reply(ada)
	r.clean()
}

func TestTheFirstSenderIsRememberedByTheNextBot(t *testing.T) {
	t.Parallel()
	store := memory.New()
	keep := func(c *whatsapp.Config) {
		beats(c)
		c.Conversations = conversation.NewBook(store)
	}
	hidden := whatsapptest.User{ID: ada.ID, WaID: ada.WaID, Hidden: true}
	meta := newMeta(t)
	t.Run("first run", func(t *testing.T) {
		r := newRigOn(t, meta, keep)
		r.bot.OnMessage(writes(echoModel()))
		r.write(hidden, "hello")
		r.reply(hidden)
	})
	r := newRigOn(t, meta, keep)
	m := echoModel()
	r.bot.OnMessage(writes(m))
	if got := r.reply(hidden); got != "You said: heartbeat" {
		t.Fatalf("got %q", got)
	}
	if all := m.last(); all[0] != "user: hello" {
		t.Errorf("another conversation: %q", all)
	}
	var kept bool
	for _, msg := range snapshot(t, store, ada.ID).Messages {
		kept = kept || msg.Role == services.User && msg.Via == "heartbeat"
	}
	if !kept {
		t.Error("the heartbeat is not marked in the conversation")
	}
}

// snapshot reads a conversation from the store.
func snapshot(t *testing.T, store services.Store, key string) conversation.Snapshot {
	t.Helper()
	c, err := conversation.NewBook(store).Open(t.Context(), key)
	must(t, err)
	return c.Snapshot()
}

// await waits until the bot's health is as it should be.
func (r *rig) await(ok func(whatsapp.Health) bool) {
	r.t.Helper()
	for deadline := time.Now().Add(limit); !ok(r.bot.Health()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			r.t.Fatalf("health is still %+v", r.bot.Health())
		}
	}
}

func TestMetaKnowsBestWhenTheDayIsOver(t *testing.T) {
	t.Parallel()
	store := memory.New()
	keep := func(c *whatsapp.Config) {
		beats(c)
		c.Conversations = conversation.NewBook(store)
	}
	t.Run("first run", func(t *testing.T) {
		r := newRig(t, keep)
		r.bot.OnMessage(writes(echoModel()))
		r.write(ada, "hello")
		r.reply(ada)
	})
	closed := make(chan whatsapp.HeartbeatClosed, 10)
	r := newRig(t, func(c *whatsapp.Config) { // with another emulator, which has never heard of the user
		keep(c)
		c.Observers = []whatsapp.Observer{whatsapp.ObserverFunc(func(e whatsapp.Event) {
			if e, ok := e.(whatsapp.HeartbeatClosed); ok {
				closed <- e
			}
		})}
	})
	r.bot.OnMessage(writes(echoModel()))
	r.await(func(h whatsapp.Health) bool { return h.Heartbeat.Closures == 1 })
	if e := await(t, closed); e.To.Phone != ada.WaID || e.Why == "" || e.At.IsZero() {
		t.Errorf("observed %+v", e)
	}
	given := r.bot.Health().Heartbeat.Given
	r.write(ada, "I am back")
	for _, want := range []string{"I am back", "heartbeat"} {
		if got := r.reply(ada); got != "You said: "+want {
			t.Errorf("got %q", got)
		}
	}
	if h := r.bot.Health().Heartbeat; given > 3 || h.Closures != 1 {
		t.Errorf("%d beats were tried, %d closures told", given, h.Closures)
	}
}

// A beat waits behind what the recipient has written, there is never more than one, and none after the end.
func TestABeatWaitsItsTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t, beats)
	texts, goOn := make(chan string, 100), make(chan struct{})
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		texts <- m.Text()
		select {
		case <-goOn:
			return m.Reply(ctx, "ok")
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	handled := func(want string) {
		t.Helper()
		if got := await(t, texts); got != want {
			t.Fatalf("%q is answered, want %q", got, want)
		}
	}
	skips := func() {
		before := r.bot.Health().Heartbeat
		r.await(func(h whatsapp.Health) bool { return h.Heartbeat.Skipped >= before.Skipped+2 })
	}
	r.write(ada, "one")
	handled("one")
	skips() // one waits, and the others are left out
	r.write(ada, "two")
	r.await(func(h whatsapp.Health) bool { return h.Counts["messages"] == 2 })
	goOn <- struct{}{}
	handled("two")
	goOn <- struct{}{}
	handled("heartbeat")
	skips() // it is being answered
	r.write(ada, "three")
	r.await(func(h whatsapp.Health) bool { return h.Counts["messages"] == 3 })
	goOn <- struct{}{}
	handled("three")
	skips() // one waits again
	ended := make(chan error, 1)
	go func() { ended <- r.bot.Shutdown(r.ctx()) }()
	for status := 0; status != 503; {
		status, _ = r.post(map[string]any{"object": "whatsapp_business_account", "entry": []any{}})
	}
	close(goOn)
	must(t, await(t, ended))
	select {
	case text := <-texts:
		t.Errorf("%q is answered after the end has begun", text)
	default:
	}
}
