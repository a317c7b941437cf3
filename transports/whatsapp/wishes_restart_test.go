package whatsapp_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// untilEnd is a handler of calls that tells of each and waits for its end.
func untilEnd(calls chan<- *whatsapp.Call) whatsapp.CallHandler {
	return func(ctx context.Context, c *whatsapp.Call) error {
		calls <- c
		<-ctx.Done()
		return nil
	}
}

// waiting returns how many calls the store says wait for a permission.
func waiting(t *testing.T, s services.Store) int {
	t.Helper()
	value, _, err := s.Get(t.Context(), "whatsapp-wishes")
	if errors.Is(err, services.ErrNotFound) {
		return 0
	}
	must(t, err)
	var all []json.RawMessage
	must(t, json.Unmarshal(value, &all))
	return len(all)
}

// A user who was asked by one process and agrees in the next is called by that, once.
func TestPermissionAfterARestart(t *testing.T) {
	t.Parallel()
	hidden := whatsapptest.User{ID: ada.ID, Hidden: true}
	for name, tt := range map[string]struct {
		as    whatsapptest.User // who answers
		crash bool
		node  string // of the next bot; "" is the same
	}{
		"after a crash":                {as: ada, crash: true},
		"after a shutdown":             {as: ada},
		"under her id alone":           {as: hidden, crash: true},
		"to another bot on that store": {as: ada, crash: true, node: "second"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memory.New()
			r := newCaller(t, onStore(store))
			if _, err := r.bot.Call(r.ctx(), toAda, whatsapp.WithOpaqueData("ticket-9")); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Fatalf("got %v", err)
			}
			if n := waiting(t, store); n != 1 {
				t.Fatalf("%d calls are stored", n)
			}
			question, err := r.meta.WaitPermissionRequest(r.ctx(), ada)
			must(t, err)
			if !tt.crash {
				must(t, r.bot.Shutdown(r.ctx()))
			}
			calls := make(chan *whatsapp.Call, 4)
			r.restart(func(c *whatsapp.Config) { c.Node = tt.node }, nil)
			r.bot.OnCall(untilEnd(calls))
			r.meta.Permit(ada, true)
			answer := r.meta.PermissionWebhook(tt.as, whatsapptest.PermissionReply{Accept: true, Context: question.ID})
			for range 3 { // Meta repeats itself
				_, err := r.meta.Post(r.ctx(), answer)
				must(t, err)
			}
			phone, err := r.meta.WaitCall(r.ctx(), ada)
			must(t, err)
			c := next(r, calls)
			if got := c.Offer().Opaque; got != "ticket-9" {
				t.Errorf("the data of the call is %q", got)
			}
			must(t, phone.PickUp(r.ctx()))
			next(r, c.Accepted())
			must(t, phone.HangUp(r.ctx()))
			must(t, r.bot.Shutdown(r.ctx()))
			if n := waiting(t, store); n != 0 {
				t.Errorf("%d calls still wait", n)
			}
			// A third process knows that it is over.
			r.restart(nil, nil)
			r.bot.OnCall(untilEnd(calls))
			_, err = r.meta.Post(r.ctx(), r.meta.PermissionWebhook(tt.as, whatsapptest.PermissionReply{Accept: true, Context: question.ID}))
			must(t, err)
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Count(strings.Join(r.actions(), " "), "connect"); got != 2 { // the one that was refused, and the call
				t.Errorf("requests: %v", r.actions())
			}
		})
	}
}

// A call that the user does not permit after the restart, or that waited too long, is not placed and leaves nothing.
func TestPermissionThatIsNotGivenAfterARestart(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]time.Duration{"declined": 0, "too late": time.Nanosecond} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := memory.New()
			r := newCaller(t, func(c *whatsapp.Config) { onStore(store)(c); c.PermissionWait = wait })
			if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
				t.Fatalf("got %v", err)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			r.restart(nil, nil)
			r.bot.OnCall(hold(make(chan error, 1)))
			must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: wait != 0}))
			must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: true})) // such as for a callback
			must(t, r.bot.Shutdown(r.ctx()))
			if got := strings.Join(r.actions(), " "); got != "connect" {
				t.Errorf("requests: %s", got)
			}
			if n := waiting(t, store); wait == 0 && n != 0 {
				t.Errorf("%d calls still wait", n)
			}
		})
	}
}

// A value that is no list of calls is told, written over, and stops nothing.
func TestDamagedWishes(t *testing.T) {
	t.Parallel()
	store := memory.New()
	_, err := store.Put(t.Context(), "whatsapp-wishes", []byte("{]"), 0)
	must(t, err)
	r := newCaller(t, onStore(store))
	if _, err := r.bot.Call(r.ctx(), toAda); !errors.Is(err, whatsapp.ErrPermissionPending) {
		t.Fatalf("got %v", err)
	}
	if n := waiting(t, store); n != 1 || !strings.Contains(r.log.String(), "whatsapp-wishes") {
		t.Errorf("%d calls are stored; log:\n%s", n, r.log)
	}
	must(t, r.meta.AnswerPermission(r.ctx(), ada, whatsapptest.PermissionReply{Accept: true}))
	_, err = r.meta.WaitCall(r.ctx(), ada)
	must(t, err)
}

// A call that is placed before the bot is mounted is in the journal: the next process ends it.
func TestCallBeforeTheBotIsMounted(t *testing.T) {
	t.Parallel()
	store := &watched{Store: memory.New(), written: make(chan string, 64)}
	r := newRig(t, nil)
	r.cfg.Journal = store
	r.meta.Permit(ada, true)
	calls := make(chan *whatsapp.Call, 1)
	early := whatsapp.New(r.cfg)
	early.OnCall(untilEnd(calls))
	t.Cleanup(func() { must(t, early.Shutdown(context.WithoutCancel(r.ctx()))) })
	_, err := early.Call(r.ctx(), toAda)
	must(t, err)
	phone, err := r.meta.WaitCall(r.ctx(), ada)
	must(t, err)
	for !strings.Contains(next(r, store.written), phone.ID()) {
	}
	r.restart(nil, nil)
	if e := r.ended(phone); e.By != whatsapptest.ByBusiness {
		t.Errorf("the call ended by %v: %s", e.By, e.Reason)
	}
	r.await(func(h whatsapp.Health) bool { return h.Counts["calls_recovered"] == 1 })
}

// No call is placed without a journal, and the error says why there is none.
func TestCallWithoutItsJournal(t *testing.T) {
	t.Parallel()
	store := &unopened{Store: memory.New()}
	r := newRig(t, func(c *whatsapp.Config) { c.Journal = store })
	r.bot.OnCall(hold(make(chan error, 1)))
	r.meta.Permit(ada, true)
	ctx, cancel := context.WithTimeout(r.ctx(), 100*time.Millisecond)
	defer cancel()
	if _, err := r.bot.Call(ctx, toAda); !errors.Is(err, whatsapp.ErrNotPlaced) || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("got %v", err)
	}
	if got := r.actions(); len(got) != 0 {
		t.Errorf("requests: %v", got)
	}
	store.works.Store(true)
	_, err := r.bot.Call(r.ctx(), webhook.User{Phone: ada.WaID}) // waits until it is open
	must(t, err)
}
