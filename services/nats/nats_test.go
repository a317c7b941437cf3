package nats_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/services/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, url string, opts ...nats.Option) *nats.Store {
	t.Helper()
	s, err := nats.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// buckets returns a function that names a new bucket with each call.
func buckets() func() nats.Option {
	n := 0
	return func() nats.Option { n++; return nats.WithBucket(fmt.Sprint("test-", n)) }
}

func TestConformance(t *testing.T) {
	server := startServer(t, nil)
	fresh := buckets()
	storetest.Run(t, func(t *testing.T) services.Store { return open(t, server.url(), fresh()) }, storetest.MaxValue(4_000_000))
	same := fresh()
	storetest.Reopen(t, func(t *testing.T) services.Store { return open(t, server.url(), same) })
	storetest.Shared(t, func(t *testing.T) (one, other services.Store) {
		both := fresh()
		return open(t, server.url(), both), open(t, server.url(), both)
	})
}

func TestRestart(t *testing.T) {
	server := startServer(t, nil)
	fresh := buckets()
	storetest.Restart(t, func(t *testing.T) services.Store {
		return open(t, server.url(), fresh(), nats.WithTimeout(6*time.Second))
	}, server)
}

func TestLostAnswer(t *testing.T) {
	server := startServer(t, nil)
	storetest.LostAnswer(t, server.address(), func(t *testing.T, address string) services.Store {
		return open(t, "nats://"+address, nats.WithTimeout(1500*time.Millisecond))
	})
}
