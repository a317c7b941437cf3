// Package redisserver starts Redis servers for tests.
package redisserver

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Patience bounds how long a server may take to start.
const Patience = 20 * time.Second

// Server is a redis-server of its own on a free port.
type Server struct {
	dir   string
	port  int
	flags []string
	child *exec.Cmd
	read  chan struct{} // closed when the child's output has ended
}

// New starts a server that keeps its data in dir and writes down each change, with more flags if wanted.
func New(dir string, flags ...string) (s *Server, err error) {
	for range 3 { // somebody else may take the port in between
		l, listening := net.Listen("tcp", "127.0.0.1:0")
		if listening != nil {
			return nil, listening
		}
		s = &Server{dir: dir, port: l.Addr().(*net.TCPAddr).Port, flags: flags}
		l.Close()
		if err = s.Start(); err == nil {
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

// Start returns when the server says that it is ready. It keeps its port and its data over a Kill.
func (s *Server) Start() error {
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
		s.Kill()
		return fmt.Errorf("redis-server did not start:\n%s", said.String())
	case <-time.After(Patience):
		s.Kill()
		return fmt.Errorf("redis-server was not ready after %v:\n%s", Patience, said.String())
	}
}

// Kill ends the server as a crash would.
func (s *Server) Kill() {
	s.child.Process.Kill()
	<-s.read
	s.child.Wait()
}

// Address is the server's host and port.
func (s *Server) Address() string { return fmt.Sprint("127.0.0.1:", s.port) }

// URL is the address as a store is opened with.
func (s *Server) URL() string { return "redis://" + s.Address() }
