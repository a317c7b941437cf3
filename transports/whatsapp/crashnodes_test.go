package whatsapp_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// address is where the process serves, or did.
func (m *mortal) address() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.url
}

// give gives a webhook to two bots in turn until one takes it, and, if Meta does not hear of that, to the other as well.
func give(ctx context.Context, w whatsapptest.Envelope, again bool, nodes ...*mortal) error {
	for n := 0; ; n++ {
		reply, err := nodes[n%len(nodes)].meta.Post(ctx, w, whatsapptest.PostedTo(nodes[n%len(nodes)].address()))
		if err == nil && reply.Status == 200 {
			if !again {
				return nil
			}
			again = false
			continue
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Two bots on one NATS are killed in turn while messages come to either of them, and half of them to both. Each is
// answered once, or reported because its answer was being sent at a kill.
func TestCrashesOfTwoBotsOnOneStore(t *testing.T) {
	const messages, people, senders, kills = 300, 20, 8, 6
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv(crashSeed); s != "" {
		var err error
		seed, err = strconv.ParseUint(s, 10, 64)
		must(t, err)
	}
	t.Logf("%s=%d repeats who gets what", crashSeed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	js, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: t.TempDir(),
	})
	must(t, err)
	js.Start()
	t.Cleanup(js.WaitForShutdown)
	t.Cleanup(js.Shutdown)
	if !js.ReadyForConnections(limit) {
		t.Fatal("the server did not start")
	}
	a := newMortal(t)
	b := &mortal{t: t, meta: a.meta}
	t.Cleanup(b.kill)
	for name, m := range map[string]*mortal{"a": a, "b": b} {
		m.store, m.env = js.ClientURL(), []string{"PARLEY_TEST_NODE=" + name, "PARLEY_TEST_TASK=yes"}
		m.start()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()

	users := make([]whatsapptest.User, people)
	for i := range users {
		users[i] = whatsapptest.User{WaID: fmt.Sprintf("1555666%04d", i)}
	}
	type work struct {
		hook  whatsapptest.Envelope
		nodes []*mortal
		again bool
	}
	queue, half := make(chan work), make(chan struct{}, kills)
	ids, hooks := make([]string, messages), make([]whatsapptest.Envelope, messages)
	var wg sync.WaitGroup
	for range senders {
		wg.Go(func() { // ends when all messages were taken
			for w := range queue {
				if err := give(ctx, w.hook, w.again, w.nodes...); err != nil {
					t.Errorf("a message is not taken: %v", err)
				}
			}
		})
	}
	wg.Go(func() { // ends with the last message
		defer close(queue)
		for i := range ids {
			ids[i], hooks[i] = a.meta.MessageWebhook(users[random.IntN(people)], "text", map[string]any{"text": map[string]any{"body": fmt.Sprintf("m%d", i)}})
			w := work{hooks[i], []*mortal{a, b}, random.IntN(2) == 0}
			if random.IntN(2) == 0 {
				w.nodes = []*mortal{b, a}
			}
			queue <- w
			if (i+1)%(messages/kills) == messages/kills/2 {
				half <- struct{}{}
			}
		}
	})
	for k := range kills {
		<-half
		m := []*mortal{a, b}[k%2]
		m.kill()
		m.start()
	}
	wg.Wait()

	answers := func() (n map[string]int) {
		n = make(map[string]int)
		for _, u := range users {
			for _, msg := range a.meta.Messages(u) {
				n[strings.TrimPrefix(msg.Text, "You said: ")]++
			}
		}
		return n
	}
	reported := func(id string) bool { return a.isReported(id) || b.isReported(id) }
	missing := func() (all []string) {
		n := answers()
		for i, id := range ids {
			if n[fmt.Sprintf("m%d", i)] == 0 && !reported(id) {
				all = append(all, fmt.Sprintf("m%d", i))
			}
		}
		return all
	}
	for len(missing()) > 0 && ctx.Err() == nil {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	if lost := missing(); len(lost) > 0 {
		t.Errorf("%d messages were acknowledged and are neither answered nor reported: %v", len(lost), lost)
	}
	for _, w := range hooks {
		must(t, give(ctx, w, true, a, b))
	}
	a.stop()
	b.stop()
	unsure := 0
	n := answers()
	for i := range ids {
		switch name := fmt.Sprintf("m%d", i); {
		case n[name] > 1:
			t.Errorf("%s is answered %d times", name, n[name])
		case n[name] == 0:
			unsure++
		}
	}
	t.Logf("%d messages, %d kills: %d are reported, %d of them were not sent", messages, kills, len(a.reported)+len(b.reported), unsure)
	for _, v := range a.meta.Violations() {
		t.Errorf("a bot broke a rule: %v", v)
	}
}
