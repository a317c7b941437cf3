package whatsapp_test

import (
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/parley-voice/parley/services/nats"
)

// A message that is larger than NATS takes at once is accepted, outlives a crash, is answered once, and remembered.
func TestAHugeMessageIsKeptByNATS(t *testing.T) {
	t.Parallel()
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
	store, err := nats.Open(t.Context(), js.ClientURL(), nats.WithTimeout(limit))
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) }) // after the bots
	r := newRig(t, onStore(store))
	begun := make(chan string, 8)
	r.bot.OnMessage(stuck(begun))
	long := strings.Repeat("2.9 MB of words; ", 170_000)
	r.write(ada, long)
	if got := next(r, begun); got != long {
		t.Errorf("the handler got %d bytes", len(got))
	}
	r.cutShort()
	m := &model{answer: func(last string) (string, error) {
		if last == long {
			return "That was long.", nil
		}
		return last, nil
	}}
	r.restart(nil, writes(m))
	if got := r.reply(ada); got != "That was long." {
		t.Errorf("%.100q", got)
	}
	r.write(ada, "short")
	if got := r.reply(ada); got != "short" {
		t.Errorf("%.100q", got)
	}
	if got := m.last(); len(got) != 3 || got[0] != "user: "+long {
		t.Errorf("the model got %d messages", len(got))
	}
}
