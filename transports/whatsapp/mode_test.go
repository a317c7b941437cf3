package whatsapp_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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
	if got.Status != "active" || got.Sessions != 1 || got.Issues == nil || len(got.Issues) != 0 {
		t.Errorf("health: %s", body)
	}
}

func TestHowOftenARefusalIsTold(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.AllowedNumbers = []string{"15558880000"}
		c.RefusalPeriod = time.Nanosecond // over before the next message
	})
	r.bot.OnMessage(writes(echoModel()))
	for range 2 {
		r.write(ada, "May I?")
		if got := r.reply(ada); got != "This operation not allowed" {
			t.Errorf("got %q", got)
		}
	}
}
