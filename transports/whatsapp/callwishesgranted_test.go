package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// A user who permits a call while the bot drains is called by the next process, once, whichever of those that share the store
// had asked.
func TestPermissionWhileTheBotDrains(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		drains, next string // nodes; "" is the one that asked
	}{
		"one bot":                 {},
		"another bot drains":      {drains: "second"},
		"another bot starts next": {next: "second"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := durable{memory.New()}
			r := newCaller(t, onStore(store))
			if _, err := r.bot.Call(r.ctx(), toAda, whatsapp.WithOpaqueData("ticket-9")); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Fatalf("got %v", err)
			}
			if tt.drains != "" {
				r.restart(func(c *whatsapp.Config) { c.Node = tt.drains }, nil)
				r.bot.OnCall(untilEnd(make(chan *whatsapp.Call, 1)))
			}
			must(t, r.bot.Drain(r.ctx()))
			r.meta.Permit(ada, true)
			must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: true}))
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Count(strings.Join(r.actions(), " "), "connect"); got != 1 { // the one that was refused
				t.Fatalf("requests: %v", r.actions())
			}
			calls := make(chan *whatsapp.Call, 4)
			r.restart(func(c *whatsapp.Config) { c.Node = tt.next }, nil)
			r.bot.OnCall(untilEnd(calls))
			phone, err := r.meta.WaitCall(r.ctx(), ada)
			must(t, err)
			if got := next(r, calls).Offer().Opaque; got != "ticket-9" {
				t.Errorf("the data of the call is %q", got)
			}
			must(t, phone.PickUp(r.ctx()))
			must(t, phone.HangUp(r.ctx()))
			must(t, r.bot.Shutdown(r.ctx()))
			if n := waiting(t, store); n != 0 {
				t.Errorf("%d calls still wait", n)
			}
			r.restart(nil, nil)
			r.bot.OnCall(untilEnd(calls))
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Count(strings.Join(r.actions(), " "), "connect"); got != 2 {
				t.Errorf("requests: %v", r.actions())
			}
		})
	}
}

// One who declines then is not called, and without a store that outlives the process the log says what is lost.
func TestPermissionWhileTheBotDrainsThatPlacesNothing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		accept bool
		change func(*whatsapp.Config)
		log    string
	}{
		"declined":   {false, onStore(durable{memory.New()}), "is dropped"},
		"in memory":  {true, onStore(memory.New()), "the bot ends, and its journal with it"},
		"no journal": {true, nil, "the bot ends, and its journal with it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newCaller(t, tt.change)
			if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Fatalf("got %v", err)
			}
			must(t, r.bot.Drain(r.ctx()))
			must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: tt.accept}))
			must(t, r.bot.Shutdown(r.ctx()))
			if !strings.Contains(r.log.String(), tt.log) {
				t.Errorf("the log does not say %q", tt.log)
			}
			r.restart(nil, nil)
			r.bot.OnCall(func(context.Context, *whatsapp.Call) error { return nil })
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Join(r.actions(), " "); got != "connect" {
				t.Errorf("requests: %s", got)
			}
		})
	}
}
