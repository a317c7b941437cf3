package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

func TestTaskKnowsNothingOfEarlierMessages(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.Mode = whatsapp.Config{}.Mode })
	m := echoModel()
	r.bot.OnMessage(writes(m))
	for _, text := range []string{"one", "two", "/reset"} { // the command has no meaning here
		r.write(ada, text)
		if got := r.reply(ada); got != "You said: "+text {
			t.Errorf("got %q", got)
		}
		if d := cmp.Diff([]string{"user: " + text}, m.last()); d != "" {
			t.Error(d)
		}
	}
	r.clean()
}

func TestReset(t *testing.T) {
	t.Parallel()
	const done = "begun anew"
	tests := []struct {
		name    string
		change  func(*whatsapp.Config)
		command string
		resets  bool
	}{
		{"as it is by default", nil, "/reset", true},
		{"in capitals and with spaces", nil, "  /ReSeT\n", true},
		{"within a sentence it is none", nil, "/reset please", false},
		{"another command", func(c *whatsapp.Config) { c.ResetCommand = "Neu" }, "neu ", true},
		{"the default is replaced", func(c *whatsapp.Config) { c.ResetCommand = "Neu" }, "/reset", false},
		{"switched off", func(c *whatsapp.Config) { c.NoResetCommand = true }, "/reset", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) {
				c.Texts.Reset = done
				if tt.change != nil {
					tt.change(c)
				}
			})
			m := echoModel()
			r.bot.OnMessage(writes(m))
			r.write(ada, "before")
			r.reply(ada)
			r.write(ada, tt.command)
			if got := r.reply(ada); (got == done) != tt.resets {
				t.Errorf("the command is answered with %q", got)
			}
			r.write(ada, "after")
			r.reply(ada)
			if n := len(m.last()); (n == 1) != tt.resets {
				t.Errorf("the model was told %q", m.last())
			}
			if tt.resets && len(m.requests) != 2 {
				t.Errorf("the model was asked %d times, want 2: it saw the command", len(m.requests))
			}
			r.clean()
		})
	}
}

func TestAResetIsGreetedByTheAgent(t *testing.T) {
	t.Parallel()
	const fixed = "all forgotten"
	hidden := whatsapptest.User{ID: ada.ID, WaID: ada.WaID, Hidden: true}
	for name, tt := range map[string]struct {
		from    whatsapptest.User
		handler func(*model) whatsapp.MessageHandler
		want    string
		asked   []string // what the model was told at the end
	}{
		"greets": {ada, nil, "Welcome to the bakery!",
			[]string{"assistant: Welcome to the bakery!", "user: after"}},
		"without a number": {hidden, nil, "Welcome to the bakery!",
			[]string{"assistant: Welcome to the bakery!", "user: after"}},
		"the model fails": {ada, func(m *model) whatsapp.MessageHandler {
			m.answer = func(last string) (string, error) {
				if last == "greet" {
					return "", errors.New("the model is down")
				}
				return "yes", nil
			}
			return writes(m)
		}, fixed, []string{"user: after"}},
		"the handler fails": {ada, func(m *model) whatsapp.MessageHandler {
			return func(ctx context.Context, msg *whatsapp.Message) error {
				if msg.Text() == "greet" {
					return errors.New("broken")
				}
				return writes(m)(ctx, msg)
			}
		}, fixed, []string{"user: after"}},
		"the handler says nothing": {ada, func(m *model) whatsapp.MessageHandler {
			return func(ctx context.Context, msg *whatsapp.Message) error {
				if msg.Text() == "greet" {
					return nil
				}
				return writes(m)(ctx, msg)
			}
		}, fixed, []string{"user: after"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) { c.ResetGreeting, c.Texts.Reset = "greet", fixed })
			m := &model{answer: func(last string) (string, error) {
				if last == "greet" {
					return "Welcome to the bakery!", nil
				}
				return "You said: " + last, nil
			}}
			handler := writes(m)
			if tt.handler != nil {
				handler = tt.handler(m)
			}
			r.bot.OnMessage(handler)
			for _, text := range []string{"before", "\u200e/RESET "} {
				r.write(tt.from, text)
				if got := r.reply(tt.from); text != "before" && got != tt.want {
					t.Errorf("the command was answered with %q, want %q", got, tt.want)
				}
			}
			r.write(tt.from, "after")
			r.reply(tt.from)
			if d := cmp.Diff(tt.asked, m.last()); d != "" {
				t.Error(d)
			}
			for _, request := range m.requests {
				for _, msg := range request.Messages {
					if strings.Contains(strings.ToLower(msg.Text), "/reset") {
						t.Errorf("the model saw the command: %q", msg.Text)
					}
				}
			}
		})
	}
}

// The command is nowhere in what the agent gets to greet the user.
func TestAGreetingDoesNotShowTheCommand(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) { c.ResetGreeting = "greet" })
	texts := make(chan string, 4)
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		texts <- m.Text()
		texts <- m.Event().Text
		for _, e := range m.Events() {
			texts <- e.Text
		}
		return m.Reply(ctx, "Welcome!")
	})
	r.write(ada, " /RESET ")
	if got := r.reply(ada); got != "Welcome!" {
		t.Errorf("got %q", got)
	}
	for range 3 {
		if got := next(r, texts); got != "greet" {
			t.Errorf("the agent got %q", got)
		}
	}
}

func TestParseMode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]whatsapp.Mode{"task": whatsapp.Task, "CHAT": whatsapp.Chat, " Chat ": whatsapp.Chat} {
		if got, err := whatsapp.ParseMode(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "talk"} {
		if _, err := whatsapp.ParseMode(text); !errors.Is(err, whatsapp.ErrConfig) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestHealthShowsTheConfiguration(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.AllowedNumbers = []string{"+1 (555) 999-0000", "15559990000", "US.77"}
		c.ResetCommand = "/new"
	})
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "one")
	r.reply(ada)
	r.write(ada, "two")
	r.reply(ada)
	r.write(whatsapptest.User{WaID: "15558880000"}, "I may not")
	_, body, _ := r.get("/health")
	var got struct {
		Status        string         `json:"status"`
		Sessions      int            `json:"active_chat_sessions"`
		Issues        []string       `json:"issues"`
		Configuration map[string]any `json:"configuration"`
	}
	must(t, json.Unmarshal([]byte(body), &got))
	want := map[string]any{
		"verify_token_set": true, "app_secret_set": true, "mode": "chat", "reset_command": "/new", "allow_list": true, "allow_list_size": 2.0,
	}
	if d := cmp.Diff(want, got.Configuration); d != "" {
		t.Error(d)
	}
	bare := whatsapp.New(whatsapp.Config{Logger: discard}).Health()
	if c := bare.Configuration; bare.Status != "degraded" || len(bare.Issues) < 3 || c != (whatsapp.Configuration{ResetCommand: "/reset"}) {
		t.Errorf("of nothing configured: %+v", bare)
	}
	if got.Status != "active" || got.Sessions != 1 || got.Issues == nil || len(got.Issues) != 0 {
		t.Errorf("health: %s", body)
	}
}

// A restart does not forget who was told not to be allowed.
func TestRefusalsOutliveARestart(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		period time.Duration
		want   int
	}{{"within the period", time.Hour, 1}, {"after it", time.Nanosecond, 2}} {
		r := newRig(t, func(c *whatsapp.Config) {
			onStore(memory.New())(c)
			c.AllowedNumbers = []string{"15558880000"}
			c.RefusalPeriod = tt.period
		})
		r.bot.OnMessage(writes(echoModel()))
		eve := whatsapptest.User{WaID: "15557770000", Name: "Eve"}
		r.write(ada, "May I?")
		r.reply(ada)
		must(t, r.bot.Shutdown(r.ctx()))
		r.restart(nil, writes(echoModel()))
		r.write(ada, "And now?")
		r.write(eve, "And I?")
		if got := r.reply(eve); got != "This operation not allowed" {
			t.Errorf("%s: another user got %q", tt.name, got)
		}
		must(t, r.bot.Shutdown(r.ctx()))
		if n := len(r.meta.Messages(ada)); n != tt.want {
			t.Errorf("%s: it was told %d times, want %d", tt.name, n, tt.want)
		}
	}
}

// A store that fails or holds nonsense does not keep a user from being told.
func TestRefusalsWithoutTheStore(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]services.Store{
		"it cannot be read": nonsenseStore{Store: memory.New(), err: errors.New("the disk is gone")}, "it holds nonsense": nonsenseStore{Store: memory.New()},
	} {
		r := newRig(t, func(c *whatsapp.Config) {
			c.Conversations = conversation.NewBook(s)
			c.AllowedNumbers = []string{"15558880000"}
		})
		r.bot.OnMessage(writes(echoModel()))
		r.write(ada, "May I?")
		if got := r.reply(ada); got != "This operation not allowed" {
			t.Errorf("%s: got %q", name, got)
		}
		if !strings.Contains(r.log.String(), "told not to be allowed") && !strings.Contains(r.log.String(), "damaged") {
			t.Errorf("%s: the log does not say so:\n%s", name, r.log.String())
		}
	}
}

// nonsenseStore fails with an error when it is read, or without one holds nonsense.
type nonsenseStore struct {
	services.Store
	err error
}

func (b nonsenseStore) Get(context.Context, string) ([]byte, uint64, error) {
	return []byte("{nonsense"), 0, b.err
}

func TestHowOftenARefusalIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.AllowedNumbers = []string{"15558880000"}
		c.RefusalPeriod = time.Nanosecond // over before the next message
		c.Debounce, c.DebounceLimit = time.Hour, time.Hour
	})
	r.bot.OnMessage(writes(echoModel()))
	for range 2 {
		r.write(ada, "May I?")
		if got := r.reply(ada); got != "This operation not allowed" {
			t.Errorf("got %q", got)
		}
	}
}
