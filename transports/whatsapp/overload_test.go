package whatsapp_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// sluggish is a store that takes its time to write.
type sluggish struct {
	services.Store
	takes atomic.Int64 // nanoseconds
}

func (s *sluggish) Put(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	select {
	case <-time.After(time.Duration(s.takes.Load())):
		return s.Store.Put(ctx, key, value, revision)
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// yes is a Graph API without sockets that says yes to everything.
type yes struct{}

func (yes) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"success":true}`)), Request: r}, nil
}

// A bot whose store cannot keep up says so while Meta still waits, so that Meta sends the message again, and it is answered once.
func TestASlowStoreIsToldInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const patience = 20 * time.Second // of Meta's
		store := &sluggish{Store: memory.New()}
		var mu sync.Mutex
		answered := map[string]int{}
		b := whatsapp.New(whatsapp.Config{
			AccessToken: "t", PhoneNumberID: "1", VerifyToken: "v", Journal: store, Logger: slog.New(slog.DiscardHandler),
			GraphOptions: []graph.Option{graph.WithHTTPClient(&http.Client{Transport: yes{}})},
		})
		b.OnMessage(func(_ context.Context, m *whatsapp.Message) error {
			mu.Lock()
			defer mu.Unlock()
			answered[m.Text()]++
			return nil
		})
		e := echo.New()
		b.Mount(e.Group("/whatsapp"))
		synctest.Wait()
		store.takes.Store(int64(4500 * time.Millisecond))
		filler := strings.Repeat("x", 300<<10) // so that few fit into one write
		post := func(n int) (int, string) {
			body := fmt.Sprintf(`{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp",
				"metadata":{"phone_number_id":"1"},"messages":[{"from":"1555%07d","id":"wamid.%d","timestamp":"%d","type":"text","text":{"body":"m%d"},"filler":"%s"}]}}]}]}`,
				n, n, time.Now().Unix(), n, filler[:n%2*len(filler)])
			w := httptest.NewRecorder()
			r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/whatsapp/webhook", strings.NewReader(body))
			began := time.Now()
			e.ServeHTTP(w, r)
			if took := time.Since(began); took > patience*3/5 {
				t.Errorf("webhook %d was answered after %v", n, took)
			}
			return w.Code, w.Body.String()
		}
		const messages = 40
		var refused sync.Map
		var wg sync.WaitGroup
		for n := range messages {
			wg.Go(func() {
				switch code, body := post(n); {
				case code == http.StatusServiceUnavailable && strings.Contains(body, "busy"):
					refused.Store(n, true)
				case code != http.StatusOK:
					t.Errorf("webhook %d: %d %s", n, code, body)
				}
			})
			time.Sleep(300 * time.Millisecond)
		}
		if h := b.Health(); !hasIssue(h, "the store takes too long") {
			t.Errorf("issues: %q", h.Issues)
		}
		wg.Wait()
		store.takes.Store(0)
		time.Sleep(time.Minute)
		again := 0
		refused.Range(func(n, _ any) bool {
			again++
			if code, body := post(n.(int)); code != http.StatusOK || !strings.Contains(body, "processing") {
				t.Errorf("webhook %d, again: %d %s", n, code, body)
			}
			return true
		})
		if again == 0 || again == messages {
			t.Errorf("%d of %d were refused", again, messages)
		}
		time.Sleep(time.Minute)
		if h := b.Health(); hasIssue(h, "too long") {
			t.Errorf("issues in the end: %q", h.Issues)
		}
		if err := b.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		for n := range messages {
			if times := answered[fmt.Sprintf("m%d", n)]; times != 1 {
				t.Errorf("message %d was answered %d times", n, times)
			}
		}
	})
}
