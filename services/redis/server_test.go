package redis_test

import (
	"testing"

	"github.com/parley-voice/parley/internal/redisserver"
)

// patience bounds how long a server may take.
const patience = redisserver.Patience

// testServer is a redis-server of its own on a free port.
type testServer struct{ *redisserver.Server }

// startServer starts a server that writes down each change, with more flags if wanted.
func startServer(t testing.TB, flags ...string) *testServer {
	t.Helper()
	s, err := newServer(t.TempDir(), flags...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	return s
}

func newServer(dir string, flags ...string) (*testServer, error) {
	s, err := redisserver.New(dir, flags...)
	return &testServer{s}, err
}

func (s *testServer) kill() { s.Kill() }

func (s *testServer) Stop(*testing.T) { s.Kill() }

func (s *testServer) Start(t *testing.T) {
	if err := s.Server.Start(); err != nil {
		t.Fatal(err)
	}
}

func (s *testServer) address() string { return s.Address() }
func (s *testServer) url() string     { return s.URL() }
