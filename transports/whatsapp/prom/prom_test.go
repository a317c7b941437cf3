package prom

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const limit = 20 * time.Second

func TestLint(t *testing.T) {
	t.Parallel()
	m := New()
	m.Observe(whatsapp.WebhookHandled{Status: "processing"})
	m.Observe(whatsapp.MessageTaken{Type: "text"})
	problems, err := testutil.CollectAndLint(m)
	if err != nil || len(problems) > 0 {
		t.Error(problems, err)
	}
}

// Types of messages come from outside; they must not make new series.
func TestLabelsAreBounded(t *testing.T) {
	t.Parallel()
	m := New()
	for _, kind := range []string{"text", "15559990000", "x", "TEXT"} {
		m.Observe(whatsapp.MessageTaken{Type: kind})
	}
	if n := testutil.CollectAndCount(m, "parley_whatsapp_messages_received_total"); n != 2 {
		t.Errorf("%d series", n)
	}
	if got := testutil.ToFloat64(m.received.WithLabelValues("other")); got != 2 {
		t.Errorf("%v others", got)
	}
}

// Messages of which nobody knows whether they arrived are counted, and nothing else is.
func TestUncertainMessages(t *testing.T) {
	t.Parallel()
	m := New()
	for _, done := range []graph.Done{
		{Op: "send message", Kind: "text", Err: graph.ErrUnreadable},
		{Op: "send message", Kind: "text", Err: &graph.Error{HTTPStatus: 502}},
		{Op: "send message", Kind: "text", Err: &graph.Error{HTTPStatus: 500, Code: 131000, JSON: true}},
		{Op: "send message", Kind: "text"},
		{Op: "accept call", Err: graph.ErrUnreadable},
	} {
		m.Observe(whatsapp.GraphAsked{Done: done})
	}
	if got := testutil.ToFloat64(m.uncertain); got != 2 {
		t.Errorf("%v are uncertain, want 2", got)
	}
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, m *Metrics) (text string, families map[string]*dto.MetricFamily) {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d, %v: %s", w.Code, err, body)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err = parser.TextToMetricFamilies(strings.NewReader(string(body)))
	if err != nil {
		t.Fatalf("the answer cannot be parsed: %v", err)
	}
	return string(body), families
}

// value is that of a series, named by its labels' values in the order of the labels' names; -1 if there is none.
func value(families map[string]*dto.MetricFamily, name string, labels string) float64 {
	for _, s := range families["parley_whatsapp_"+name].GetMetric() {
		var have []string
		for _, l := range s.GetLabel() { // sorted by name
			have = append(have, l.GetValue())
		}
		if strings.Join(have, " ") != labels {
			continue
		}
		switch {
		case s.Histogram != nil:
			return float64(s.GetHistogram().GetSampleCount())
		case s.Counter != nil:
			return s.GetCounter().GetValue()
		}
		return s.GetGauge().GetValue()
	}
	return -1
}

// greeter is a stage that greets and answers one turn.
func greeter() pipeline.Stage {
	heard := 0
	return pipeline.StageFunc(func(w *pipeline.Wiring) {
		pipeline.Makes[frame.ResponseStart](w)
		pipeline.Makes[frame.AudioOut](w)
		pipeline.Makes[frame.ResponseEnd](w)
		pipeline.Makes[frame.Metrics](w)
		pipeline.On(w, func(_ context.Context, _ frame.AudioIn, out *pipeline.Emitter) error {
			if heard++; heard == 10 || heard == 20 {
				if heard == 20 {
					_ = out.Push(frame.Metrics{Point: frame.PointSpeechEnd, At: time.Now()})
					_ = out.Push(frame.Metrics{Point: frame.PointUserTurn, At: time.Now()})
				}
				id := uint64(heard)
				pcm := audio.PCM{Format: audio.Mono(24000), Samples: make([]int16, 480)}
				return errors.Join(out.Push(frame.ResponseStart{ID: id}), out.Push(frame.AudioOut{ID: id, PCM: pcm, Text: "hello"}), out.Push(frame.ResponseEnd{ID: id}))
			}
			return nil
		})
	})
}

func TestACallAndMessagesAreMeasured(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	meta, err := whatsapptest.New()
	must(t, err)
	metrics := New()
	turned, ended := make(chan struct{}, 4), make(chan struct{}, 4)
	tell := whatsapp.ObserverFunc(func(e whatsapp.Event) { // after metrics has seen it
		switch e := e.(type) {
		case whatsapp.CallTurn:
			turned <- struct{}{}
		case whatsapp.CallChanged:
			if e.State == whatsapp.Ended {
				ended <- struct{}{}
			}
		case whatsapp.MessageHandled:
			ended <- struct{}{}
		}
	})
	bot := whatsapp.New(whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(), AppSecret: meta.AppSecret(),
		APIBaseURL: meta.GraphURL(), Logger: slog.New(slog.DiscardHandler), AllowedNumbers: []string{"15559990000"},
		Observers: []whatsapp.Observer{metrics, tell},
	})
	bot.OnCall(func(ctx context.Context, call *whatsapp.Call) error {
		return pipeline.New(call.Input(), greeter(), call.Output()).Run(ctx)
	})
	bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error { return m.Reply(ctx, "Hello!") })
	e := echo.New()
	bot.Mount(e.Group(""))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/webhook")
	defer http.DefaultClient.CloseIdleConnections()
	defer server.Close()
	defer func() { must(t, meta.Close()) }()
	wait := func(c <-chan struct{}) {
		t.Helper()
		select {
		case <-c:
		case <-ctx.Done():
			t.Fatal("nothing happened")
		}
	}

	ada, eve := whatsapptest.User{WaID: "15559990000"}, whatsapptest.User{WaID: "15558880000"}
	call, err := meta.Call(ctx, ada)
	must(t, err)
	must(t, call.WaitAccepted(ctx))
	wait(turned)
	if _, f := scrape(t, metrics); value(f, "calls", "active") != 1 {
		t.Error("a call is active, and the metrics do not show it")
	}
	must(t, call.HangUp(ctx))
	wait(ended)
	refused, err := meta.Call(ctx, eve)
	must(t, err)
	_, err = refused.WaitEnded(ctx)
	must(t, err)
	wait(ended)
	meta.Inject(whatsapptest.InternalError().On("messages", "text"))
	meta.Inject(whatsapptest.RateLimited(0).On("messages", "text"))
	_, err = meta.SendText(ctx, ada, "hi")
	must(t, err)
	_, err = meta.WaitMessage(ctx, ada)
	must(t, err)
	wait(ended)
	must(t, bot.Shutdown(ctx))

	text, f := scrape(t, metrics)
	for _, tc := range []struct {
		name   string
		labels string
		want   float64
	}{
		{"calls", "active", 0},
		{"calls_total", "inbound user_hung_up", 1},
		{"calls_total", "inbound not_allowed", 1},
		{"call_setup_seconds", "inbound pre_accept", 1},
		{"call_setup_seconds", "inbound ice", 1},
		{"call_setup_seconds", "inbound dtls", 1},
		{"call_setup_seconds", "inbound accept", 1},
		{"call_setup_seconds", "inbound first_audio", 1},
		{"call_duration_seconds", "", 1},
		{"call_loss_ratio", "", 1},
		{"audio_packets_total", "lost", 0},
		{"turn_latency_seconds", "", 1},
		{"turn_point_seconds", "first_packet", 1},
		{"messages_received_total", "text", 1},
		{"messages_handled_total", "answered", 1},
		{"message_answer_seconds", "answered", 1},
		{"messages_sent_total", "ok text", 1},
		{"graph_requests_total", "pre-accept call ok", 1},
		{"graph_requests_total", "accept call ok", 1},
		{"graph_requests_total", "reject call ok", 1},
		{"graph_retries_total", "send message", 1},
		{"graph_rate_limited_total", "send message", 1},
	} {
		if got := value(f, tc.name, tc.labels); got != tc.want {
			t.Errorf("%s{%s} is %v, want %v", tc.name, tc.labels, got, tc.want)
		}
	}
	if got := value(f, "webhooks_total", "processing"); got < 4 { // two offers, an end and a message; more ends may follow
		t.Errorf("%v webhooks", got)
	}
	if value(f, "audio_packets_total", "received") < 20 {
		t.Error("the caller's packets were not counted")
	}
	for _, secret := range []string{ada.WaID, eve.WaID, call.ID(), meta.AccessToken(), meta.AppSecret(), meta.VerifyToken()} {
		if strings.Contains(text, secret) {
			t.Errorf("the metrics show %q", secret)
		}
	}
	for name, family := range f {
		if strings.HasPrefix(name, namespace) && len(family.GetMetric()) > 20 {
			t.Errorf("%s has %d series", name, len(family.GetMetric()))
		}
	}
}

func TestARegistryOfOnesOwn(t *testing.T) {
	t.Parallel()
	r := prometheus.NewPedanticRegistry()
	must(t, r.Register(New()))
	if _, err := r.Gather(); err != nil {
		t.Error(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
