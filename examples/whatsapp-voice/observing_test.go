package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/transports/whatsapp"
)

func TestMetricsHaveAnAddressOfTheirOwn(t *testing.T) {
	log := &logged{}
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	defer slog.SetDefault(slog.New(slog.DiscardHandler))
	o, err := (&config{Metrics: "127.0.0.1:0"}).observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer o.close()
	defer http.DefaultClient.CloseIdleConnections()
	address := regexp.MustCompile(`address=(\S+)`).FindStringSubmatch(log.String())
	if address == nil || len(o.observers) != 1 {
		t.Fatalf("%d observers; log: %s", len(o.observers), log.String())
	}
	o.observers[0].Observe(whatsapp.MessageTaken{Type: "text"})
	resp, err := http.Get("http://" + address[1] + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `parley_whatsapp_messages_received_total{type="text"} 1`) {
		t.Errorf("%v: %s", err, body)
	}
}

// logged is a log that can be read while it is written.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestTracesAreSent(t *testing.T) {
	got := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Method + " " + r.URL.Path }))
	defer collector.Close()
	o, err := (&config{Traces: collector.URL}).observe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, span := o.provider.Tracer("test").Start(context.Background(), "a span", trace.WithNewRoot())
	span.End()
	o.close() // sends what is left
	select {
	case request := <-got:
		if request != "POST /v1/traces" {
			t.Error(request)
		}
	case <-time.After(20 * time.Second):
		t.Error("nothing was sent")
	}
}

func TestWhatCannotBeObservedIsTold(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for setting, c := range map[string]*config{
		"WHATSAPP_METRICS":            {Metrics: taken.Addr().String()},
		"OTEL_EXPORTER_OTLP_ENDPOINT": {Traces: "localhost:4318"},
	} {
		if o, err := c.observe(t.Context()); err == nil || !strings.Contains(err.Error(), setting) {
			t.Errorf("%s: %v, %v", setting, o, err)
		}
	}
}
