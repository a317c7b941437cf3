package whatsapp_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// common is a store that several bots use, in which claims can be made to fail.
type common struct {
	services.Store
	mu     sync.Mutex
	fault  string // "" for none, "refused", or "lost": it is written, and the answer lost
	claims int    // that were asked for
}

func newCommon() *common { return &common{Store: memory.New()} }

func (*common) Shared() {}

func (c *common) set(fault string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fault = fault
}

func (c *common) asked() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.claims
}

func (c *common) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	if !strings.HasPrefix(key, "journal-claim/") {
		return c.Store.Put(ctx, key, value, revision)
	}
	c.mu.Lock()
	fault := c.fault
	c.claims++
	c.mu.Unlock()
	if fault == "refused" {
		return 0, errors.New("the server is away")
	}
	n, err := c.Store.Put(ctx, key, value, revision)
	if fault == "lost" {
		return 0, errors.New("the server does not answer")
	}
	return n, err
}

// newNodes starts two bots on a store, as a load balancer has behind it.
func newNodes(t *testing.T, store services.Store, change func(*whatsapp.Config)) (a, b *rig) {
	t.Helper()
	meta := newMeta(t)
	var rigs []*rig
	for _, name := range []string{"a", "b"} {
		rigs = append(rigs, newRigOn(t, meta, func(c *whatsapp.Config) {
			onStore(store)(c)
			c.Node = name
			if change != nil {
				change(c)
			}
		}))
	}
	return rigs[0], rigs[1]
}

// text makes a webhook of a text.
func (r *rig) text(from whatsapptest.User, text string) whatsapptest.Envelope {
	_, w := r.meta.MessageWebhook(from, "text", map[string]any{"text": map[string]any{"body": text}})
	return w
}

// hand gives a webhook to this bot, and wants a 200 with a status.
func (r *rig) hand(w whatsapptest.Envelope, status string) {
	r.t.Helper()
	reply, err := r.meta.Post(r.ctx(), w, whatsapptest.PostedTo(r.url+"/webhook"))
	if err != nil || reply.Status != 200 || !strings.Contains(string(reply.Body), status) {
		r.t.Errorf("webhook: %d %s (%v), want %s", reply.Status, reply.Body, err, status)
	}
}

func (r *rig) elsewhere() int64 { return r.bot.Health().Counts["messages_elsewhere"] }

// What comes to two bots at once, and then again to both, is answered by one of them, whatever the answer is.
func TestAMessageThatComesToTwoBotsIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	a, b := newNodes(t, newCommon(), func(c *whatsapp.Config) { c.AllowedNumbers = []string{ada.WaID} })
	for _, r := range []*rig{a, b} {
		r.bot.OnMessage(writes(echoModel()))
	}
	eve := whatsapptest.User{WaID: "15557770000", Name: "Eve"}
	var hooks []whatsapptest.Envelope
	both := func(w whatsapptest.Envelope) {
		hooks = append(hooks, w)
		var posting sync.WaitGroup
		for _, r := range []*rig{a, b} {
			posting.Go(func() { r.hand(w, "") }) // ends with the answer
		}
		posting.Wait()
	}
	const texts = 20
	for n := range texts {
		both(a.text(ada, fmt.Sprint(n)))
	}
	both(a.text(ada, "/reset"))
	both(a.text(eve, "May I?"))
	want := []string{"Our conversation was reset. We begin anew: what can I do for you?"}
	for n := range texts {
		want = append(want, fmt.Sprint("You said: ", n))
	}
	var got []string
	for range want {
		got = append(got, a.reply(ada))
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if got := a.reply(eve); got != "This operation not allowed" {
		t.Errorf("got %q", got)
	}
	for _, w := range hooks {
		a.hand(w, "ignored")
		b.hand(w, "ignored")
	}
	must(t, a.bot.Shutdown(a.ctx()))
	must(t, b.bot.Shutdown(b.ctx()))
	if n := len(a.meta.Messages(ada)) + len(a.meta.Messages(eve)); n != len(hooks) {
		t.Errorf("%d answers to %d messages", n, len(hooks))
	}
	if n := a.elsewhere() + b.elsewhere(); n != int64(len(hooks)) {
		t.Errorf("%d messages were left to the other bot, want %d", n, len(hooks))
	}
}

// What a bot has claimed waits for it, though it dies and the other gets the repeat.
func TestAMessageOfABotThatDied(t *testing.T) {
	t.Parallel()
	a, b := newNodes(t, newCommon(), nil)
	begun := make(chan string, 1)
	a.bot.OnMessage(stuck(begun))
	b.bot.OnMessage(writes(echoModel()))
	w := a.text(ada, "one")
	a.hand(w, "processing")
	next(a, begun)
	a.cutShort()
	b.hand(w, "ignored")
	b.hand(b.text(ada, "two"), "processing")
	if got := b.reply(ada); got != "You said: two" || b.elsewhere() != 1 {
		t.Errorf("got %q, and %d messages were left to the other", got, b.elsewhere())
	}
	a.restart(nil, writes(echoModel()))
	if got := a.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
	b.hand(w, "ignored")
	a.hand(w, "ignored")
	if n := len(a.meta.Messages(ada)); n != 2 {
		t.Errorf("%d answers", n)
	}
}

// A bot that died before it claimed a message does not answer it after its restart, if the other has.
func TestAMessageThatADeadBotHadNotClaimed(t *testing.T) {
	t.Parallel()
	store := newCommon()
	a, b := newNodes(t, store, nil)
	a.bot.OnMessage(writes(echoModel()))
	b.bot.OnMessage(writes(echoModel()))
	store.set("refused")
	both, alone := a.text(ada, "both"), a.text(ada, "alone")
	a.hand(both, "processing")
	a.hand(alone, "processing")
	a.cutShort()
	store.set("")
	b.hand(both, "processing")
	if got := b.reply(ada); got != "You said: both" {
		t.Errorf("got %q", got)
	}
	a.restart(nil, writes(echoModel()))
	if got := a.reply(ada); got != "You said: alone" {
		t.Errorf("got %q", got)
	}
	a.await(func(whatsapp.Health) bool { return a.elsewhere() == 1 })
	a.hand(both, "ignored")
	b.hand(alone, "ignored")
	must(t, a.bot.Shutdown(a.ctx()))
	must(t, b.bot.Shutdown(b.ctx()))
	if n := len(a.meta.Messages(ada)); n != 2 {
		t.Errorf("%d answers", n)
	}
}

// While the store says nothing of claims, messages wait in their order, and health says so. Webhooks are taken.
func TestClaimsOfAStoreThatFailsForAWhile(t *testing.T) {
	t.Parallel()
	for _, fault := range []string{"refused", "lost"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			store := newCommon()
			a, b := newNodes(t, store, nil)
			a.bot.OnMessage(writes(echoModel()))
			b.bot.OnMessage(writes(echoModel()))
			store.set(fault)
			bob := whatsapptest.User{WaID: "15558880000", Name: "Bob"}
			first := a.text(ada, "one")
			a.hand(first, "processing")
			a.await(func(h whatsapp.Health) bool {
				return h.Status == "degraded" && strings.Contains(strings.Join(h.Issues, "\n"), "1 messages wait until the store says")
			})
			a.hand(first, "ignored") // it has it
			if fault == "refused" {
				store.set("")
				a.hand(a.text(ada, "two"), "processing") // is claimed at once, and waits for the first
				a.hand(a.text(bob, "hello"), "processing")
				if got := a.reply(bob); got != "You said: hello" {
					t.Errorf("Bob got %q", got)
				}
			} else {
				b.hand(first, "processing") // b does not hear that a was first either
				a.hand(a.text(ada, "two"), "processing")
				store.set("")
			}
			for _, want := range []string{"You said: one", "You said: two"} {
				if got := a.reply(ada); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			a.await(func(h whatsapp.Health) bool { return h.Status == "active" })
			b.await(func(h whatsapp.Health) bool {
				return h.Status == "active" && (fault == "refused" || b.elsewhere() == 1)
			})
			must(t, a.bot.Shutdown(a.ctx()))
			must(t, b.bot.Shutdown(b.ctx()))
			if n := a.bot.Health().Counts["messages"]; n != int64(len(a.meta.Messages(ada))+len(a.meta.Messages(bob))) {
				t.Errorf("%d messages count as taken", n)
			}
			if n := len(a.meta.Messages(ada)); n != 2 {
				t.Errorf("%d answers", n)
			}
		})
	}
}

// A bot that ends while something is undecided leaves it to the next start.
func TestWhatIsUndecidedOutlivesTheBot(t *testing.T) {
	t.Parallel()
	store := newCommon()
	a, _ := newNodes(t, store, nil)
	a.bot.OnMessage(writes(echoModel()))
	store.set("refused")
	a.hand(a.text(ada, "one"), "processing")
	must(t, a.bot.Shutdown(a.ctx()))
	store.set("")
	a.restart(nil, nil) // without a handler nothing is claimed
	a.hand(a.text(ada, "to nobody"), "ignored")
	a.bot.OnMessage(writes(echoModel()))
	if got := a.reply(ada); got != "You said: one" || len(a.meta.Messages(ada)) != 1 {
		t.Errorf("got %q", got)
	}
}

// A bot that loses its journal leaves what is undecided to the one that has it.
func TestWhatIsUndecidedGoesWithTheJournal(t *testing.T) {
	t.Parallel()
	store := newCommon()
	a, _ := newNodes(t, store, nil)
	a.bot.OnMessage(writes(echoModel()))
	old, oldURL := a.bot, a.url
	store.set("refused")
	a.hand(a.text(ada, "one"), "processing")
	a.restart(nil, writes(echoModel()))
	a.await(func(h whatsapp.Health) bool { return h.Counts["messages_recovered"] == 1 })
	reply, err := a.meta.Post(a.ctx(), a.text(ada, "two"), whatsapptest.PostedTo(oldURL+"/webhook"))
	must(t, err)
	if reply.Status != 500 {
		t.Errorf("the old one takes a message: %d", reply.Status)
	}
	store.set("")
	if got := a.reply(ada); got != "You said: one" {
		t.Errorf("got %q", got)
	}
	must(t, old.Shutdown(a.ctx()))
	must(t, a.bot.Shutdown(a.ctx()))
	if n := len(a.meta.Messages(ada)); n != 1 {
		t.Errorf("%d answers", n)
	}
}

// Who is alone on a store asks nobody.
func TestAStoreOfOneBotHasNoClaims(t *testing.T) {
	t.Parallel()
	store := newCommon()
	r := newRig(t, onStore(struct{ services.Store }{store}))
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "Hello")
	r.reply(ada)
	if n := store.asked(); n != 0 {
		t.Errorf("%d claims", n)
	}
}
