package tracing_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/codes"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/tracing"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

const limit = 20 * time.Second

var ada = whatsapptest.User{WaID: "15559990000", Name: "Ada Lovelace"}

// bench is a bot that is traced.
type bench struct {
	t        *testing.T
	ctx      context.Context
	meta     *whatsapptest.Emulator
	bot      *whatsapp.Bot
	exporter *tracetest.InMemoryExporter
	events   chan whatsapp.Event // after the traces have seen them
}

func newBench(t *testing.T, change func(*whatsapp.Config)) *bench {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	meta, err := whatsapptest.New()
	must(t, err)
	b := &bench{t: t, ctx: ctx, meta: meta, exporter: tracetest.NewInMemoryExporter(), events: make(chan whatsapp.Event, 1000)}
	provider := sdk.NewTracerProvider(sdk.WithSyncer(b.exporter))
	cfg := whatsapp.Config{
		AccessToken: meta.AccessToken(), PhoneNumberID: meta.PhoneNumberID(), VerifyToken: meta.VerifyToken(), AppSecret: meta.AppSecret(),
		APIBaseURL: meta.GraphURL(), Logger: slog.New(slog.DiscardHandler),
		Observers: []whatsapp.Observer{tracing.New(provider), whatsapp.ObserverFunc(func(e whatsapp.Event) { b.events <- e })},
	}
	if change != nil {
		change(&cfg)
	}
	b.bot = whatsapp.New(cfg)
	e := echo.New()
	b.bot.Mount(e.Group(""))
	server := httptest.NewServer(e)
	meta.SetWebhook(server.URL + "/webhook")
	t.Cleanup(func() {
		end, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		must(t, b.bot.Shutdown(end))
		server.Close()
		must(t, meta.Close())
		must(t, provider.Shutdown(end))
		http.DefaultClient.CloseIdleConnections()
	})
	return b
}

// await waits until all of some events have come.
func (b *bench) await(wanted ...func(whatsapp.Event) bool) {
	b.t.Helper()
	for len(wanted) > 0 {
		select {
		case e := <-b.events:
			wanted = slices.DeleteFunc(wanted, func(is func(whatsapp.Event) bool) bool { return is(e) })
		case <-b.ctx.Done():
			b.t.Fatal("nothing happened")
		}
	}
}

func ended(e whatsapp.Event) bool {
	c, ok := e.(whatsapp.CallChanged)
	return ok && c.State == whatsapp.Ended
}

func asked(op string) func(whatsapp.Event) bool {
	return func(e whatsapp.Event) bool {
		g, ok := e.(whatsapp.GraphAsked)
		return ok && g.Op == op
	}
}

// tree prints the spans: children below their parent by their beginning, with their events and errors.
func (b *bench) tree() string {
	b.t.Helper()
	spans := b.exporter.GetSpans()
	slices.SortStableFunc(spans, func(x, y tracetest.SpanStub) int { return x.StartTime.Compare(y.StartTime) })
	var out strings.Builder
	var print func(parent trace.SpanID, indent string)
	print = func(parent trace.SpanID, indent string) {
		for _, s := range spans {
			if s.Parent.SpanID() != parent {
				continue
			}
			fmt.Fprintf(&out, "%s%s", indent, s.Name)
			if s.Status.Code == codes.Error {
				fmt.Fprintf(&out, " !%s", s.Status.Description)
			}
			for _, e := range s.Events {
				out.WriteString(" +" + e.Name)
			}
			out.WriteString("\n")
			if s.EndTime.Before(s.StartTime) {
				b.t.Errorf("%s ends before it begins", s.Name)
			}
			print(s.SpanContext.SpanID(), indent+"  ")
		}
	}
	print(trace.SpanID{}, "")
	return out.String()
}

// private fails the test if a trace holds what it must not.
func (b *bench) private(more ...string) {
	b.t.Helper()
	for _, s := range b.exporter.GetSpans() {
		text := fmt.Sprintf("%+v %+v %+v %+v", s.Name, s.Attributes, s.Events, s.Status)
		for _, secret := range append(more, ada.WaID, ada.Name, b.meta.AccessToken(), b.meta.AppSecret()) {
			if strings.Contains(text, secret) {
				b.t.Errorf("%s shows %q", s.Name, secret)
			}
		}
	}
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
					for _, p := range []frame.Point{frame.PointSpeechEnd, frame.PointTranscript, frame.PointUserTurn, frame.PointFirstToken} {
						_ = out.Push(frame.Metrics{Point: p, At: time.Now()})
					}
				}
				id := uint64(heard)
				pcm := audio.PCM{Format: audio.Mono(24000), Samples: make([]int16, 480)}
				return errors.Join(out.Push(frame.ResponseStart{ID: id}), out.Push(frame.AudioOut{ID: id, PCM: pcm, Text: "hello"}), out.Push(frame.ResponseEnd{ID: id}))
			}
			return nil
		})
	})
}

func greet(ctx context.Context, call *whatsapp.Call) error {
	return pipeline.New(call.Input(), greeter(), call.Output()).Run(ctx)
}

func TestTheTraceOfACall(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.bot.OnCall(greet)
	call, err := b.meta.Call(b.ctx, ada)
	must(t, err)
	must(t, call.WaitAccepted(b.ctx))
	b.await(func(e whatsapp.Event) bool { _, ok := e.(whatsapp.CallTurn); return ok })
	must(t, call.HangUp(b.ctx))
	b.await(ended)
	want := `call +ending
  answer
  pre-accept call
  ice
  dtls
  accept call
  first audio
  turn +transcript +user_turn +first_token
`
	if diff := cmp.Diff(want, b.tree()); diff != "" {
		t.Errorf("the trace (-want +got):\n%s", diff)
	}
	b.private(call.ID())
}

func TestTheTraceOfACallOfTheBusiness(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.bot.OnCall(greet)
	b.meta.Permit(ada, true)
	linked := func(e whatsapp.Event) bool {
		c, ok := e.(whatsapp.CallChanged)
		return ok && c.State == whatsapp.Linked
	}
	c, err := b.bot.Call(b.ctx, webhook.User{Phone: ada.WaID})
	must(t, err)
	phone, err := b.meta.WaitCall(b.ctx, ada)
	must(t, err)
	b.await(linked)
	must(t, phone.PickUp(b.ctx))
	b.await(func(e whatsapp.Event) bool { _, ok := e.(whatsapp.CallTurn); return ok })
	must(t, phone.HangUp(b.ctx))
	b.await(ended)
	want := `call +ending
  offer
  connect call
  relay
  ring
  ice
  dtls
  first audio
  turn +transcript +user_turn +first_token
`
	if diff := cmp.Diff(want, b.tree()); diff != "" {
		t.Errorf("the trace (-want +got):\n%s", diff)
	}
	b.private(c.ID())
}

func TestTheTraceOfARefusedCall(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *whatsapp.Config) { c.AllowedNumbers = []string{"15550000000"} })
	b.bot.OnCall(greet)
	call, err := b.meta.Call(b.ctx, ada)
	must(t, err)
	b.await(ended, asked("reject call"))
	if diff := cmp.Diff("call +ending\n  reject call\n", b.tree()); diff != "" {
		t.Errorf("the trace (-want +got):\n%s", diff)
	}
	b.private(call.ID())
}

func TestTheTraceOfAFailedCall(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.bot.OnCall(greet)
	b.meta.Inject(whatsapptest.Fault{Endpoint: "calls", Action: "accept", Status: 400, Body: `{"error":{"code":100,"message":"the number 15559990000 is wrong"}}`})
	call, err := b.meta.Call(b.ctx, ada)
	must(t, err)
	b.await(ended, asked("terminate call"))
	want := `call !graph_refused +ending
  answer
  pre-accept call
  ice
  dtls
  accept call !refused
  terminate call
`
	if diff := cmp.Diff(want, b.tree()); diff != "" {
		t.Errorf("the trace (-want +got):\n%s", diff)
	}
	b.private(call.ID())
}

func TestTheTracesOfMessages(t *testing.T) {
	t.Parallel()
	b := newBench(t, nil)
	b.bot.OnMessage(func(ctx context.Context, m *whatsapp.Message) error {
		if m.Text() == "fail" {
			return errors.New("as asked, by 15559990000")
		}
		return m.Reply(ctx, "Hello!")
	})
	for text, want := range map[string]string{
		"hi":   "message\n  wait\n  mark message as read\n  send message\n",
		"fail": "message !failed\n  wait\n  mark message as read\n  send message\n",
	} {
		b.exporter.Reset()
		id, err := b.meta.SendText(b.ctx, ada, text)
		must(t, err)
		b.await(func(e whatsapp.Event) bool { _, ok := e.(whatsapp.MessageHandled); return ok })
		if diff := cmp.Diff(want, b.tree()); diff != "" {
			t.Errorf("the trace of %q (-want +got):\n%s", text, diff)
		}
		b.private(id, text+"\"")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
