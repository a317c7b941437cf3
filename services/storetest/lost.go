package storetest

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-voice/parley/services"
)

// LostAnswer tests that Put recognises its own value when the server has stored it and the answer got lost with
// the connection. address is the server's, as host:port; open returns a client of an empty store at the address
// that it is given, which leads to the same server.
func LostAnswer(t *testing.T, address string, open func(t *testing.T, address string) services.Store) {
	t.Run("lost answer", func(t *testing.T) {
		p := newThief(t, address)
		s := open(t, p.listener.Addr().String())
		t.Cleanup(func() { s.Close() })
		rev := put(t, s, "k", "1", 0) // so that all is set up
		for i, value := range []string{"2", "3", "4"} {
			p.steal.Store(true)
			next := put(t, s, "k", value, rev)
			if p.steal.Load() {
				t.Fatal("no answer was stolen")
			}
			if next <= rev {
				t.Errorf("write %d: revision %d after %d", i, next, rev)
			}
			rev = next
			wantValue(t, s, "k", value, rev)
		}
		p.steal.Store(true)
		anew := put(t, s, "new", "1", 0)
		wantValue(t, s, "new", "1", anew)
		p.steal.Store(true)
		wantConflict(t, s, "k", rev-1) // it is somebody else's value all the same
		p.steal.Store(true)
		if err := s.Delete(t.Context(), "k"); err != nil {
			t.Error(err)
		}
		wantMissing(t, s, "k")
	})
}

// thief passes connections on to a server. When told to, it swallows the server's next words and cuts that
// connection.
type thief struct {
	listener net.Listener
	steal    atomic.Bool

	mu    sync.Mutex
	conns []net.Conn
	wg    sync.WaitGroup
}

func newThief(t *testing.T, address string) *thief {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &thief{listener: l}
	p.wg.Go(func() { // ends with the listener
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", address)
			if err != nil {
				in.Close()
				continue
			}
			p.mu.Lock()
			p.conns = append(p.conns, in, out)
			p.mu.Unlock()
			p.wg.Go(func() { io.Copy(out, in); out.Close() }) // ends with the client's connection
			p.wg.Go(func() { p.back(in, out) })               // ends with the server's connection
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			c.Close()
		}
		p.mu.Unlock()
		p.wg.Wait()
	})
	return p
}

func (p *thief) back(in, out net.Conn) {
	defer in.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := out.Read(buf)
		if n > 0 {
			if p.steal.CompareAndSwap(true, false) {
				return
			}
			if _, err := in.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
