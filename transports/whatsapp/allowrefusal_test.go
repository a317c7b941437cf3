package whatsapp_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// Who is on the list by number or by id is the same user.
func TestAllowedUnderAnyName(t *testing.T) {
	t.Parallel()
	for _, entry := range []string{ada.ID, "+" + ada.WaID} {
		r := newRig(t, func(c *whatsapp.Config) { c.AllowedNumbers = []string{entry} })
		r.bot.OnMessage(writes(echoModel()))
		r.write(ada, "hello")
		if got := r.reply(ada); got != "You said: hello" {
			t.Errorf("with %q on the list the user got %q", entry, got)
		}
		if !r.bot.IsUserAllowed(entry) || r.bot.IsUserAllowed("US.77") || r.bot.IsUserAllowed("15558880000") {
			t.Errorf("with %q on the list IsUserAllowed disagrees", entry)
		}
	}
}

// A refusal that could not be sent before the end is sent by the next bot.
func TestARefusalThatWaitsIsToldAfterTheRestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(durable{memory.New()})(c)
		c.AllowedNumbers = []string{"15558880000"}
	})
	r.bot.OnMessage(writes(echoModel()))
	r.meta.Inject(whatsapptest.RateLimited(time.Hour).On("messages", "text"))
	r.write(ada, "May I?")
	r.untilRefused(1)
	must(t, r.bot.Shutdown(r.ctx()))
	r.restart(nil, writes(echoModel()))
	if got := r.reply(ada); got != "This operation not allowed" {
		t.Errorf("got %q", got)
	}
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// puts counts what is written into the journal.
type puts struct {
	services.Store
	journal chan string
}

func (p puts) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if strings.HasPrefix(key, "journal/") {
		p.journal <- string(value)
	}
	return p.Store.Put(ctx, key, value, revision)
}

// Who may not write and was told so costs neither an answer nor a place in the journal, however much comes.
func TestStrangersCostNothing(t *testing.T) {
	t.Parallel()
	store := puts{memory.New(), make(chan string, 1000)}
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(store)(c)
		c.AllowedNumbers = []string{"15558880000"}
	})
	r.bot.OnMessage(writes(echoModel()))
	r.batch(ada, "one", "two", "three")
	if got := r.reply(ada); got != "This operation not allowed" {
		t.Errorf("got %q", got)
	}
	r.batch(ada, "four", "five")
	must(t, r.bot.Shutdown(r.ctx()))
	close(store.journal)
	for value := range store.journal {
		if strings.Contains(value, "four") || strings.Contains(value, "five") {
			t.Errorf("journalled: %q", value)
		}
	}
	if h := r.bot.Health(); h.Counts["messages"] != 1 || h.ActiveChatSessions != 0 || len(r.meta.Messages(ada)) != 1 {
		t.Errorf("%d messages, %d sessions, %d answers", h.Counts["messages"], h.ActiveChatSessions, len(r.meta.Messages(ada)))
	}
}
