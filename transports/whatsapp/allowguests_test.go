package whatsapp_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-voice/parley/processors/conversation"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const guestsKey = "whatsapp-guests"

// stored waits until the store holds something of allowed users that has a text in it.
func stored(r *rig, s services.Store, text string) {
	r.t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		value, _, err := s.Get(r.t.Context(), guestsKey)
		if err == nil && strings.Contains(string(value), text) {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the store holds %q, %v; want %s", value, err, text)
		}
	}
}

// Who is listed by number and was once known with an id is let in by the id alone: to write, to call, to be called, and
// after a restart.
func TestAnAllowedUserWhoHidesTheNumber(t *testing.T) {
	t.Parallel()
	hidden := ada
	hidden.Hidden = true
	store := struct{ services.Store }{memory.New()} // one that says that it lasts
	for name, change := range map[string]func(*whatsapp.Config){
		"journal and conversations": onStore(store),
		"conversations alone": func(c *whatsapp.Config) {
			c.Conversations = conversation.NewBook(struct{ services.Store }{memory.New()})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) {
				change(c)
				c.AllowedNumbers = []string{ada.WaID}
			})
			r.bot.OnMessage(writes(echoModel()))
			if r.bot.IsUserAllowed(ada.ID) {
				t.Error("the id is allowed before it is known")
			}
			r.write(ada, "one")
			r.reply(ada)
			r.write(hidden, "two")
			if got := r.reply(hidden); got != "You said: two" || !r.bot.IsUserAllowed(ada.ID) || r.bot.IsUserAllowed("US.99") {
				t.Errorf("by id: %q, allowed %v", got, r.bot.IsUserAllowed(ada.ID))
			}
			stored(r, r.cfg.Conversations.Store(), ada.ID)
			must(t, r.bot.Shutdown(r.ctx()))

			r.restart(nil, writes(echoModel()))
			r.bot.OnCall(beep)
			r.write(hidden, "three")
			if got := r.reply(hidden); got != "You said: three" {
				t.Errorf("after a restart: %q", got)
			}
			must(t, r.answered(hidden).HangUp(r.ctx()))
			if h := r.bot.Health(); h.Counts["messages"] != 1 || len(r.meta.Violations()) > 0 {
				t.Errorf("%v %v", h.Counts, r.meta.Violations())
			}
			eve := whatsapptest.User{WaID: "15557770000", ID: "US.77", Hidden: true}
			r.write(eve, "May I?")
			if got := r.reply(eve); got != "This operation not allowed" {
				t.Errorf("a stranger: %q", got)
			}
		})
	}
}

// What one bot learns another knows, too.
func TestAnAllowedUserWhomAnotherBotKnows(t *testing.T) {
	t.Parallel()
	store := newCommon()
	a, b := newNodes(t, store, func(c *whatsapp.Config) { c.AllowedNumbers = []string{ada.WaID} })
	for _, r := range []*rig{a, b} {
		r.bot.OnMessage(writes(echoModel()))
	}
	a.hand(a.text(ada, "one"), "processing")
	a.reply(ada)
	stored(a, store, ada.ID)
	hidden := ada
	hidden.Hidden = true
	b.hand(b.text(hidden, "two"), "processing")
	if got := b.reply(hidden); got != "You said: two" {
		t.Errorf("got %q", got)
	}
}

// guestless is a store that does not have what is stored of allowed users, on demand.
type guestless struct {
	services.Store
	fail    atomic.Bool
	noPuts  atomic.Int64 // so many fail
	refused atomic.Int64
}

func (g *guestless) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if key == guestsKey && g.fail.Load() {
		return nil, 0, errors.New("the disk is gone")
	}
	return g.Store.Get(ctx, key)
}

func (g *guestless) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if key == guestsKey && g.noPuts.Add(-1) >= 0 {
		g.refused.Add(1)
		return 0, errors.New("the disk is full")
	}
	return g.Store.Put(ctx, key, value, revision)
}

// A store that fails, or holds nonsense, keeps nobody from the bot who comes with the number, and what is learned is
// stored when it works again.
func TestAllowedUsersWithoutTheStore(t *testing.T) {
	t.Parallel()
	store := &guestless{Store: memory.New()}
	_, err := store.Put(t.Context(), guestsKey, []byte("{nonsense"), 0)
	must(t, err)
	store.noPuts.Store(1)
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(store)(c)
		c.AllowedNumbers = []string{ada.WaID}
	})
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "one")
	if got := r.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
	stored(r, store, ada.ID)
	if store.refused.Load() != 1 || !strings.Contains(r.log.String(), "is damaged and is learned anew") {
		t.Errorf("%d writes failed; log:\n%s", store.refused.Load(), r.log)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	store.fail.Store(true)
	r.restart(nil, writes(echoModel()))
	hidden := ada
	hidden.Hidden = true
	r.write(hidden, "two")
	if got := r.reply(hidden); got != "This operation not allowed" {
		t.Errorf("got %q", got)
	}
	r.write(ada, "three")
	if got := r.reply(ada); got != "You said: three" || !strings.Contains(r.log.String(), "the disk is gone") {
		t.Errorf("got %q; log:\n%s", got, r.log)
	}
}
