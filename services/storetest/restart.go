package storetest

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/parley-voice/parley/services"
)

// patience bounds what a test waits for.
const patience = 20 * time.Second

// Server is the server of a store, as Restart needs it.
type Server interface {
	// Stop ends the server, as rudely as it may end, and returns when it is gone.
	Stop(t *testing.T)
	// Start starts it anew at the same address with all that it held.
	Start(t *testing.T)
}

// Restart tests that a store outlives its server. The server runs when Restart is called; open returns a client of
// an empty store on it, whose calls give up after a few seconds.
func Restart(t *testing.T, open func(t *testing.T) services.Store, server Server) {
	t.Run("restart", func(t *testing.T) {
		s := open(t)
		t.Cleanup(func() { s.Close() })
		kept := put(t, s, "kept", "1", 0)
		gone := put(t, s, "gone", "1", 0)
		if err := s.Delete(t.Context(), "gone"); err != nil {
			t.Fatal(err)
		}
		server.Stop(t)
		wantAway(t, s)
		server.Start(t)
		wantValue(t, s, "kept", "1", kept)
		wantMissing(t, s, "gone")
		if anew := put(t, s, "gone", "2", 0); anew <= gone || anew <= kept {
			t.Errorf("revision %d after the restart, want more than %d and %d", anew, gone, kept)
		}
		wantConflict(t, s, "gone", gone)
		put(t, s, "kept", "2", kept)
	})
	Failover(t, open, server)
}

// Failover tests that calls which are under way when a server goes and comes back all succeed, as if nothing had
// been. The parameters are those of Restart, but other servers may take over meanwhile.
func Failover(t *testing.T, open func(t *testing.T) services.Store, server Server) {
	t.Run("restart under calls", func(t *testing.T) {
		s := open(t)
		t.Cleanup(func() { s.Close() })
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		// Each worker counts until the server has been away and it has counted a few more times: no addition may
		// get lost, and none be made twice.
		const workers, more = 4, 5
		back := make(chan struct{})
		busy := make(chan struct{}, workers)
		var mu sync.Mutex
		total := 0
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() { // ends a few rounds after the restart
				for n, left := 0, more; left > 0; n++ {
					if err := increment(ctx, s, "n"); err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					total++
					mu.Unlock()
					if n == more {
						busy <- struct{}{}
					}
					select {
					case <-back:
						left--
					default:
					}
				}
			})
		}
		for range workers {
			select {
			case <-busy:
			case <-ctx.Done():
				t.Fatal("the workers do not come on")
			}
		}
		server.Stop(t)
		server.Start(t)
		close(back)
		wg.Wait()
		got, _, err := s.Get(ctx, "n")
		if err != nil || string(got) != strconv.Itoa(total) {
			t.Errorf("counted %q, %v, want %d", got, err, total)
		}
	})
}

// wantAway has calls fail in time, with an error of their own, while the server is away.
func wantAway(t *testing.T, s services.Store) {
	t.Helper()
	const limit = 150 * time.Millisecond
	for name, call := range map[string]func(context.Context) error{
		"Get":    func(ctx context.Context) error { _, _, err := s.Get(ctx, "kept"); return err },
		"Put":    func(ctx context.Context) error { _, err := s.Put(ctx, "away", nil, 0); return err },
		"Delete": func(ctx context.Context) error { return s.Delete(ctx, "kept") },
	} {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		begun := time.Now()
		err := call(ctx)
		cancel()
		if took := time.Since(begun); took > limit+2*time.Second {
			t.Errorf("%s without a server took %v, for a deadline of %v", name, took, limit)
		}
		if err == nil || errors.Is(err, services.ErrNotFound) || errors.Is(err, services.ErrConflict) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s without a server: error %v", name, err)
		}
	}
}
