package nats_test

import (
	"errors"
	"net"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// testServer is a nats-server in this process.
type testServer struct {
	options server.Options
	running *server.Server
}

// startServer starts a server with JetStream on a free port; change may alter its options before.
func startServer(t testing.TB, change func(*server.Options)) *testServer {
	t.Helper()
	s, err := newServer(t.TempDir(), change)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s
}

func newServer(dir string, change func(*server.Options)) (*testServer, error) {
	s := &testServer{options: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: dir,
	}}
	if change != nil {
		change(&s.options)
	}
	if err := s.start(); err != nil {
		return nil, err
	}
	s.options.Port = s.running.Addr().(*net.TCPAddr).Port // after a restart too
	return s, nil
}

func (s *testServer) start() error {
	options := s.options // the server writes to its options
	running, err := server.NewServer(&options)
	if err != nil {
		return err
	}
	s.running = running
	running.Start()
	if !running.ReadyForConnections(20 * time.Second) {
		return errors.New("the server did not start")
	}
	return nil
}

func (s *testServer) stop() {
	s.running.Shutdown()
	s.running.WaitForShutdown()
}

func (s *testServer) Stop(*testing.T) { s.stop() }

func (s *testServer) Start(t *testing.T) {
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

func (s *testServer) address() string { return s.running.Addr().String() }
func (s *testServer) url() string     { return "nats://" + s.address() }
