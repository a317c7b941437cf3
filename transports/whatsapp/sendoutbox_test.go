package whatsapp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// refusals counts the answers of the Graph API to messages that were no success.
func (r *rig) refusals() (n int) {
	for _, e := range r.meta.Events() {
		if e.Kind == whatsapptest.EventGraph && strings.HasPrefix(e.Detail, "POST messages") && e.Status >= 400 {
			n++
		}
	}
	return n
}

// One that Meta refuses all the same, since somebody else sends from this number too, comes later, once.
func TestAnswerWaitsOutAPairLimit(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil, whatsapptest.WithPairLimit(800*time.Millisecond, 1))
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "one")
	r.write(ada, "two")
	r.write(ada, "three")
	for _, want := range []string{"You said: one", "You said: two", "You said: three"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 3 || r.refusals() == 0 {
		t.Errorf("%d messages after %d refusals", n, r.refusals())
	}
}

// Not even if that takes longer than a turn may, which is then sent nevertheless, and those behind it.
func TestAnswerWaitsLongerThanItsTurn(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.MessageTimeout = 3 * time.Second })
	r.bot.OnMessage(writes(echoModel()))
	limited := whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Code: 131056, Message: "pair limit"}}
	r.meta.Inject(limited.On("messages", "text").Repeat(2)) // 1 and 4 s
	r.write(ada, "one")
	r.write(ada, "two")
	for _, want := range []string{"You said: one", "You said: two"} {
		if got := r.reply(ada); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 2 || r.refusals() != 2 {
		t.Errorf("%d messages after %d refusals", n, r.refusals())
	}
}

// No apology follows where it would be refused like the answer.
func TestNoApologyInVain(t *testing.T) {
	t.Parallel()
	refusal := func(status, code int) whatsapptest.Fault {
		return whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: status, Code: code, Message: "no"}}
	}
	for _, tt := range []struct {
		name  string
		fault whatsapptest.Fault
		want  int // requests
	}{
		{"the 24 hours are over", refusal(400, 131047), 1},
		{"expired token", whatsapptest.ExpiredToken(), 1},
		{"401", refusal(401, 0), 1},
		{"not on WhatsApp", refusal(400, 131026), 1},
		{"spam", refusal(429, 131048), 1},
		{"blocked", refusal(403, 368), 1},
		{"a text that Meta does not like", refusal(400, 100), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.bot.OnMessage(writes(echoModel()))
			r.meta.Inject(tt.fault.On("messages", "text").Repeat(-1))
			r.write(ada, "Hello")
			_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool {
				return e.Kind == whatsapptest.EventGraph && e.Detail == "POST messages text"
			})
			must(t, err)
			must(t, r.bot.Shutdown(r.ctx()))
			if n := r.refusals(); n != tt.want {
				t.Errorf("%d requests, want %d", n, tt.want)
			}
		})
	}
}

// Exactly one apology, whoever fails, and it tells how to begin anew if that is possible.
func TestOneApologyWithAHint(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*whatsapp.Config)
		hint   string
	}{
		{"chat", func(*whatsapp.Config) {}, " Or write /reset to begin anew."},
		{"own command", func(c *whatsapp.Config) { c.ResetCommand = "/neu" }, " Or write /neu to begin anew."},
		{"own words", func(c *whatsapp.Config) { c.Texts.ResetHint = "({command})" }, " (/reset)"},
		{"no command", func(c *whatsapp.Config) { c.NoResetCommand = true }, ""},
		{"task", func(c *whatsapp.Config) { c.Mode = whatsapp.Task }, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			broken := &model{answer: func(string) (string, error) { return "", fmt.Errorf("no model") }}
			for name, h := range map[string]whatsapp.MessageHandler{
				"the handler": func(context.Context, *whatsapp.Message) error { return fmt.Errorf("no") },
				"the model":   writes(broken),
				"both": func(ctx context.Context, m *whatsapp.Message) error {
					_ = writes(broken)(ctx, m)
					return fmt.Errorf("no")
				},
			} {
				r := newRig(t, tt.change)
				r.bot.OnMessage(h)
				r.write(ada, "Hello")
				if got := r.reply(ada); !strings.HasPrefix(got, "Sorry") || !strings.HasSuffix(got, tt.hint) || tt.hint == "" && strings.Contains(got, "anew") {
					t.Errorf("%s: %q, want it to end with %q", name, got, tt.hint)
				}
				must(t, r.bot.Shutdown(r.ctx()))
				if n := len(r.meta.Messages(ada)); n != 1 {
					t.Errorf("%s: %d messages", name, n)
				}
			}
		})
	}
}

// When Meta takes no more answers, a template of the owner's choice takes their place, whether Meta says so at once or later.
func TestTemplateOutsideTheWindow(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 8)
	hook := func(_ context.Context, to webhook.User, text string) (graph.Template, bool) {
		asked <- to.Phone + ": " + text
		return graph.Template{Name: "news", Language: "en", Body: graph.TextParameters(text)}, true
	}
	t.Run("at once", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(c *whatsapp.Config) { c.OnWindowClosed = hook })
		m := &model{}
		m.answer = func(last string) (string, error) {
			r.meta.CloseWindow(ada)
			return "You said: " + last, nil
		}
		r.bot.OnMessage(writes(m))
		r.write(ada, "Hello")
		got, err := r.meta.WaitMessage(r.ctx(), ada)
		must(t, err)
		if got.Template != "news" || got.Parameters[0] != "You said: Hello" {
			t.Errorf("got %v", got)
		}
		if s := next(r, asked); s != ada.WaID+": You said: Hello" {
			t.Errorf("asked for %q", s)
		}
		// What the user got instead is in the conversation.
		r.write(ada, "Again")
		_, err = r.meta.WaitMessage(r.ctx(), ada)
		must(t, err)
		if got := m.last()[1]; got != "assistant: [the user got the template news: You said: Hello]" {
			t.Errorf("the conversation holds %q", got)
		}
	})
	t.Run("later", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(c *whatsapp.Config) { c.OnWindowClosed = hook })
		r.bot.OnMessage(writes(echoModel()))
		r.write(ada, "Hello")
		sent, err := r.meta.WaitMessage(r.ctx(), ada)
		must(t, err)
		for range 2 { // Meta repeats itself
			must(t, r.meta.FailMessage(r.ctx(), sent, 131047, "Re-engagement message", "more than 24 hours"))
		}
		got, err := r.meta.WaitMessage(r.ctx(), ada)
		must(t, err)
		if got.Template != "news" {
			t.Errorf("got %v", got)
		}
		must(t, r.bot.Shutdown(r.ctx()))
		if n := len(r.meta.Messages(ada)); n != 2 {
			t.Errorf("%d messages, want the answer and one template", n)
		}
	})
	t.Run("later, for each part", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(c *whatsapp.Config) {
			c.OnWindowClosed = func(context.Context, webhook.User, string) (graph.Template, bool) {
				return graph.Template{Name: "news", Language: "en"}, true
			}
		})
		r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
			return m.Reply(ctx, strings.Repeat("Word by word. ", 1000))
		})
		r.write(ada, "Hello")
		var statuses []any
		for range 4 {
			m, err := r.meta.WaitMessage(r.ctx(), ada)
			must(t, err)
			statuses = append(statuses, map[string]any{"id": m.ID, "status": "failed", "timestamp": itoa(time.Now().Unix()), "recipient_id": m.To,
				"errors": []any{map[string]any{"code": 131047, "title": "Re-engagement message"}}})
		}
		r.await(func(h whatsapp.Health) bool { return h.Counts["messages_sent"] == 4 })
		r.post(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"changes": []any{
			map[string]any{"field": "messages", "value": map[string]any{"statuses": statuses}}}}}})
		got, err := r.meta.WaitMessage(r.ctx(), ada)
		must(t, err)
		if got.Template != "news" {
			t.Errorf("got %v", got)
		}
		must(t, r.bot.Shutdown(r.ctx()))
		if n := len(r.meta.Messages(ada)); n != 5 {
			t.Errorf("%d messages, want the four parts and one template", n)
		}
	})
	t.Run("no template", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, func(c *whatsapp.Config) {
			c.OnWindowClosed = func(context.Context, webhook.User, string) (graph.Template, bool) { return graph.Template{}, false }
		})
		r.bot.OnMessage(writes(&model{answer: func(string) (string, error) { r.meta.CloseWindow(ada); return "x", nil }}))
		r.write(ada, "Hello")
		_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool { return e.Kind == whatsapptest.EventGraph && e.Status == 400 })
		must(t, err)
		must(t, r.bot.Shutdown(r.ctx()))
		if n := len(r.meta.Messages(ada)); n != 0 || r.refusals() != 1 {
			t.Errorf("%d messages, %d refusals", n, r.refusals())
		}
	})
}

// What Meta drops after it took it is told, with whom it was for and what to do.
func TestMessageThatWasNotDelivered(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "Hello")
	sent, err := r.meta.WaitMessage(r.ctx(), ada)
	must(t, err)
	for ctx := r.ctx(); r.bot.Health().Counts["messages_sent"] == 0; { // until the bot knows that Meta took it
		must(t, context.Cause(ctx))
		<-time.After(time.Millisecond)
	}
	must(t, r.meta.FailMessage(r.ctx(), sent, 131026, "Message undeliverable", "Message Undeliverable."))
	must(t, r.meta.FailMessage(r.ctx(), whatsapptest.Message{ID: "wamid.of-somebody-else", To: ada.WaID}, 131026, "Message undeliverable", ""))
	counts := r.bot.Health().Counts
	if counts["messages_sent"] != 1 || counts["messages_undelivered"] != 2 {
		t.Errorf("counts %v", counts)
	}
	log := r.log.String()
	for _, want := range []string{"could not be delivered", "131026", "not on WhatsApp", "has not sent it lately"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not say %q:\n%s", want, log)
		}
	}
	if strings.Contains(log, ada.WaID) {
		t.Error("the log holds the user's number")
	}
}

// A handler can send any kind of message.
func TestHandlerSendsAnyMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		_, err := m.Send(ctx, graph.Reply(m.ID(), graph.Location{Latitude: 50, Longitude: 30}))
		return err
	})
	id, err := r.meta.SendText(r.ctx(), ada, "Where?")
	must(t, err)
	got, err := r.meta.WaitMessage(r.ctx(), ada)
	must(t, err)
	if got.Type != "location" || got.ReplyTo != id {
		t.Errorf("got %+v", got)
	}
}
