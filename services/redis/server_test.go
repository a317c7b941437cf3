package redis_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds how long a server may take to start.
const patience = 20 * time.Second

// testServer is a redis-server of its own on a free port.
type testServer struct {
	dir   string
	port  int
	flags []string
	child *exec.Cmd
	read  chan struct{} // closed when the child's output has ended
}

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

func newServer(dir string, flags ...string) (s *testServer, err error) {
	for range 3 { // somebody else may take the port in between
		l, listening := net.Listen("tcp", "127.0.0.1:0")
		if listening != nil {
			return nil, listening
		}
		s = &testServer{dir: dir, port: l.Addr().(*net.TCPAddr).Port, flags: flags}
		l.Close()
		if err = s.start(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

// command finds the server. Debian's redis-tools has it too, under the name of one of its tools: it is one program,
// which does what it is called.
func command() (*exec.Cmd, error) {
	for _, name := range []string{"redis-server", "valkey-server", "redis-check-rdb"} {
		if path, err := exec.LookPath(name); err == nil {
			c := exec.Command(path)
			if name == "redis-check-rdb" {
				c.Args[0] = "redis-server"
			}
			return c, nil
		}
	}
	return nil, fmt.Errorf("this test needs Redis: apt-get install redis-server (or redis-tools, which starts nothing by itself)")
}

// start returns when the server says that it is ready.
func (s *testServer) start() error {
	c, err := command()
	if err != nil {
		return err
	}
	c.Args = append(append(c.Args, "--port", strconv.Itoa(s.port), "--bind", "127.0.0.1", "--dir", s.dir,
		"--appendonly", "yes", "--appendfsync", "always", "--save", "", "--databases", "2"), s.flags...)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	c.Stderr = c.Stdout
	if err := c.Start(); err != nil {
		return err
	}
	s.child, s.read = c, make(chan struct{})
	ready := make(chan struct{})
	var said strings.Builder
	go func() { // ends with the child's output
		defer close(s.read)
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			said.WriteString(lines.Text() + "\n")
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				close(ready)
				io.Copy(io.Discard, out)
				return
			}
		}
	}()
	select {
	case <-ready:
		return nil
	case <-s.read:
		s.kill()
		return fmt.Errorf("redis-server did not start:\n%s", said.String())
	case <-time.After(patience):
		s.kill()
		return fmt.Errorf("redis-server was not ready after %v:\n%s", patience, said.String())
	}
}

// kill ends the server as a crash would.
func (s *testServer) kill() {
	s.child.Process.Kill()
	<-s.read
	s.child.Wait()
}

func (s *testServer) Stop(*testing.T) { s.kill() }

func (s *testServer) Start(t *testing.T) {
	if err := s.start(); err != nil {
		t.Fatal(err)
	}
}

func (s *testServer) address() string { return fmt.Sprint("127.0.0.1:", s.port) }
func (s *testServer) url() string     { return "redis://" + s.address() }
