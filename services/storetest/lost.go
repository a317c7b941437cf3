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
// the connection, whatever somebody else did to the key before the next attempt. address is the server's, as
// host:port; open returns a client of one store, which is empty at first, at the address that it is given, which
// leads to the same server.
func LostAnswer(t *testing.T, address string, open func(t *testing.T, address string) services.Store) {
	t.Run("lost answer", func(t *testing.T) {
		other := open(t, address)
		t.Cleanup(func() { other.Close() })
		p := newThief(t, address)
		s := open(t, p.listener.Addr().String())
		t.Cleanup(func() { s.Close() })
		// robbed has the answer to the next call be lost, after something else has happened.
		robbed := func(meanwhile func()) func() {
			done := make(chan struct{})
			first := func() { meanwhile(); close(done) }
			p.steal.Store(&first)
			return func() {
				t.Helper()
				if p.steal.Load() != nil {
					t.Fatal("no answer was stolen")
				}
				<-done
			}
		}
		nothing := func() {}

		rev := put(t, s, "k", "1", 0)
		check := robbed(nothing)
		next := put(t, s, "k", "2", rev)
		check()
		if next <= rev {
			t.Errorf("revision %d after %d", next, rev)
		}
		wantValue(t, s, "k", "2", next)

		check = robbed(nothing)
		anew := put(t, s, "new", "1", 0)
		check()
		wantValue(t, s, "new", "1", anew)

		check = robbed(nothing)
		wantConflict(t, s, "k", rev) // it is another value all the same
		check()

		var last uint64
		check = robbed(func() {
			_, seen, err := other.Get(t.Context(), "k")
			if err == nil {
				last, err = other.Put(t.Context(), "k", []byte("4"), seen)
			}
			if err != nil {
				t.Error(err)
			}
		})
		rev = put(t, s, "k", "3", next)
		check()
		if rev <= next || rev >= last {
			t.Errorf("written at %d, between %d and %d", rev, next, last)
		}
		wantValue(t, s, "k", "4", last)

		check = robbed(func() {
			if err := other.Delete(t.Context(), "brief"); err != nil {
				t.Error(err)
			}
		})
		put(t, s, "brief", "x", 0)
		check()
		wantMissing(t, s, "brief")

		check = robbed(nothing)
		if err := s.Delete(t.Context(), "k"); err != nil {
			t.Error(err)
		}
		check()
		wantMissing(t, s, "k")
	})
}

// thief passes connections on to a server. When told to, it swallows the server's next words, lets something else
// happen and cuts that connection.
type thief struct {
	listener net.Listener
	steal    atomic.Pointer[func()] // what is to happen with the next theft; nil for none

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
			if meanwhile := p.steal.Swap(nil); meanwhile != nil {
				(*meanwhile)()
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
