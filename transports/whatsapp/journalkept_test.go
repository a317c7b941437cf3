package whatsapp_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// durable is a store that is there after the bot, as a file is.
type durable struct{ services.Store }

// pairLimited is how Meta refuses one more message to the same user.
func pairLimited() whatsapptest.Fault {
	return whatsapptest.Fault{Err: &whatsapptest.GraphError{Status: 400, Code: 131056, Message: "pair limit"}}.On("messages", "text")
}

// untilRefused waits until Meta has refused n messages.
func (r *rig) untilRefused(n int) {
	r.t.Helper()
	_, err := r.meta.WaitFor(r.ctx(), func(e whatsapptest.Event) bool {
		if e.Kind == whatsapptest.EventGraph && strings.HasPrefix(e.Detail, "POST messages") && e.Status >= 400 {
			n--
		}
		return n == 0
	})
	must(r.t, err)
}

// An answer that waits for Meta's limits holds up no shutdown: the next start sends it, and those behind it, once.
func TestShutdownKeepsAnAnswerThatWaits(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		end       func(*rig)
		recovered int64
	}{
		"shutdown": {func(r *rig) {
			began := time.Now()
			must(r.t, r.bot.Shutdown(r.ctx()))
			if took := time.Since(began); took > 3*time.Second {
				r.t.Errorf("the shutdown took %v", took)
			}
		}, 2},
		"crash": {func(*rig) {}, 2}, // the old bot lives on and has lost its journal
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := durable{memory.New()}
			r := newRig(t, onStore(store))
			r.bot.OnMessage(writes(echoModel()))
			r.meta.Inject(pairLimited().Repeat(3)) // 1, 4 and 16 s
			r.write(ada, "one")
			r.write(ada, "two")
			r.untilRefused(3)
			r.await(func(whatsapp.Health) bool { return journalled(r, store, "r") == 3 })
			tt.end(r)
			llm := echoModel()
			r.restart(nil, writes(llm))
			for _, want := range []string{"You said: one", "You said: two"} {
				if got := r.reply(ada); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if h := r.bot.Health(); h.Counts["messages_recovered"] != tt.recovered || h.Counts["messages_uncertain"] != 0 {
				t.Errorf("counts: %v", h.Counts)
			}
			must(t, r.bot.Shutdown(r.ctx()))
			want := []string{"user: one", "assistant: You said: one", "user: two"}
			if diff := cmp.Diff(want, llm.last()); diff != "" {
				t.Errorf("the model was told (-want +got):\n%s", diff)
			}
			if n := len(r.meta.Messages(ada)); n != 2 {
				t.Errorf("%d answers", n)
			}
		})
	}
}

// journalled counts the records of a kind in the journal, of the form "length, sum, kind, class".
func journalled(r *rig, store services.Store, op string) (n int) {
	checkpoint, _, err := store.Get(r.ctx(), "journal/bot")
	must(r.t, err)
	epoch, _, _ := strings.Cut(strings.SplitAfter(string(checkpoint), `"epoch":"`)[1], `"`)
	for i := range 64 {
		segment, _, err := store.Get(r.ctx(), "journal/bot/"+epoch+"/"+itoa(int64(i)))
		if err == nil {
			n += strings.Count(string(segment), op+"m\x00")
		}
	}
	return n
}

// What does not outlive the process is sent before the end, as long as the end may take.
func TestShutdownWithoutAJournalWaits(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*whatsapp.Config){"none": nil, "in memory": onStore(memory.New())} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, change)
			r.bot.OnMessage(writes(echoModel()))
			r.meta.Inject(pairLimited())
			r.write(ada, "one")
			r.untilRefused(1)
			must(t, r.bot.Shutdown(r.ctx()))
			if all := r.meta.Messages(ada); len(all) != 1 || all[0].Text != "You said: one" {
				t.Errorf("got %v", all)
			}
		})
	}
}

// Of an answer in several messages, the rest is waited for: it could not be sent later without the beginning.
func TestShutdownSendsTheRestOfAnAnswer(t *testing.T) {
	t.Parallel()
	store := durable{memory.New()}
	r := newRig(t, onStore(store))
	r.bot.OnMessage(writes(says(strings.Repeat("A sentence that says little. ", 200))))
	r.meta.Inject(whatsapptest.Latency(0).On("messages", "text"))
	r.meta.Inject(pairLimited())
	r.write(ada, "one")
	_, err := r.meta.WaitMessage(r.ctx(), ada)
	must(t, err)
	r.untilRefused(1)
	must(t, r.bot.Shutdown(r.ctx()))
	if n := len(r.meta.Messages(ada)); n != 2 {
		t.Errorf("%d messages", n)
	}
	r.restart(nil, writes(echoModel()))
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 0 || h.Counts["messages_uncertain"] != 0 {
		t.Errorf("counts: %v", h.Counts)
	}
}

// The pace of a number keeps an answer waiting for milliseconds: those that are there when the bot ends are all sent.
func TestShutdownKeepsThePace(t *testing.T) {
	t.Parallel()
	const users = 12
	store := durable{memory.New()}
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(store)(c)
		c.Throughput = 20 // two at once, then one each 56 ms
	})
	ending := make(chan struct{})
	begun := make(chan struct{}, users)
	r.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		begun <- struct{}{}
		<-ending
		return m.Reply(ctx, "You said: "+m.Text())
	})
	var all []whatsapptest.User
	for i := range users {
		u := whatsapptest.User{ID: fmt.Sprint(15550100 + i), Name: "Caller"}
		all = append(all, u)
		r.write(u, "hello")
		<-begun
	}
	time.AfterFunc(50*time.Millisecond, func() { close(ending) })
	must(t, r.bot.Shutdown(r.ctx()))
	for _, u := range all {
		if n := len(r.meta.Messages(u)); n != 1 {
			t.Errorf("user %s got %d answers", u.ID, n)
		}
	}
	r.restart(nil, writes(echoModel()))
	if h := r.bot.Health(); h.Counts["messages_recovered"] != 0 || h.Counts["messages_uncertain"] != 0 {
		t.Errorf("counts: %v", h.Counts)
	}
}

// Nobody waits for a heartbeat, so the end does not either; and the agent does not learn of it later.
func TestShutdownGivesAHeartbeatUp(t *testing.T) {
	t.Parallel()
	store := durable{memory.New()}
	r := newRig(t, func(c *whatsapp.Config) {
		onStore(store)(c)
		c.Heartbeat = whatsapp.Heartbeat{Period: 300 * time.Millisecond, Message: "heartbeat"}
	})
	r.bot.OnMessage(writes(echoModel()))
	r.write(ada, "one")
	r.reply(ada)
	r.meta.Inject(pairLimited().Repeat(-1))
	r.untilRefused(3)
	began := time.Now()
	must(t, r.bot.Shutdown(r.ctx()))
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the shutdown took %v", took)
	}
	talk := snapshot(t, store, ada.ID)
	if last := talk.Messages[len(talk.Messages)-1]; last.Role == services.User {
		t.Errorf("the conversation ends with %q", last.Text)
	}
}
