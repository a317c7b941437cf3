package redis_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/redis"
	"github.com/parley-voice/parley/services/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, url string, opts ...redis.Option) *redis.Store {
	t.Helper()
	s, err := redis.Open(t.Context(), url, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// prefixes returns a function that names a new prefix with each call.
func prefixes() func() redis.Option {
	n := 0
	return func() redis.Option { n++; return redis.WithPrefix(fmt.Sprintf("test-%d:", n)) }
}

func TestConformance(t *testing.T) {
	server := startServer(t)
	fresh := prefixes()
	storetest.Run(t, func(t *testing.T) services.Store { return open(t, server.url(), fresh()) })
	same := fresh()
	storetest.Reopen(t, func(t *testing.T) services.Store { return open(t, server.url(), same) })
	storetest.Shared(t, func(t *testing.T) (one, other services.Store) {
		both := fresh()
		return open(t, server.url(), both), open(t, server.url(), both)
	})
}

func TestRestart(t *testing.T) {
	server := startServer(t)
	fresh := prefixes()
	storetest.Restart(t, func(t *testing.T) services.Store {
		return open(t, server.url(), fresh(), redis.WithTimeout(6*time.Second))
	}, server)
}

func TestLostAnswer(t *testing.T) {
	server := startServer(t)
	storetest.LostAnswer(t, server.address(), func(t *testing.T, address string) services.Store {
		return open(t, "redis://"+address, redis.WithTimeout(3*time.Second))
	})
}
