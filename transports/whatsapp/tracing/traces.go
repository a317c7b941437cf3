package tracing

import (
	"sync"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// scope names the instrumentation in what is exported.
const scope = "github.com/parley-voice/parley/transports/whatsapp/tracing"

// Traces makes traces of what bots do. It is an Observer for whatsapp.Config, safe for concurrent use. Make one with
// New. The provider remains its owner's to shut down, after the bot.
type Traces struct {
	tracer trace.Tracer

	mu       sync.Mutex
	calls    map[*whatsapp.Call]*callTrace
	late     map[string]childTracer // of the last calls that ended, by id: requests may still be made for them
	ended    []string               // the ids of these, oldest first
	messages map[*whatsapp.Message]*messageTrace
}

// New makes Traces that export by a provider.
func New(provider trace.TracerProvider) *Traces {
	return &Traces{
		tracer:   provider.Tracer(scope),
		calls:    make(map[*whatsapp.Call]*callTrace),
		late:     make(map[string]childTracer),
		messages: make(map[*whatsapp.Message]*messageTrace),
	}
}

// Observe adds an event to the trace that it belongs to.
func (t *Traces) Observe(e whatsapp.Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch e := e.(type) {
	case whatsapp.CallChanged:
		t.changed(e)
	case whatsapp.CallReached:
		if c := t.calls[e.Call]; c != nil {
			c.reached(e)
		}
	case whatsapp.CallTurn:
		if c := t.calls[e.Call]; c != nil {
			c.turn(e)
		}
	case whatsapp.GraphAsked:
		t.asked(e)
	case whatsapp.MessageBegan:
		t.messages[e.Message] = t.took(e)
	case whatsapp.MessageHandled:
		if m := t.messages[e.Message]; m != nil {
			m.handled(e)
			delete(t.messages, e.Message)
		}
	}
}

// asked adds a request to the trace of what it was made for.
func (t *Traces) asked(e whatsapp.GraphAsked) {
	if e.Call != nil {
		if c := t.calls[e.Call]; c != nil {
			request(c.tracer, e)
		} else if late, ok := t.late[e.Call.ID()]; ok {
			request(late, e)
		}
	}
	if e.Message != nil && t.messages[e.Message] != nil {
		request(t.messages[e.Message].tracer, e)
	}
}

// request adds a span for a request to the Graph API.
func request(t childTracer, e whatsapp.GraphAsked) {
	attributes := []attribute.KeyValue{
		attribute.String("parley.graph.outcome", e.Outcome()), attribute.Int("parley.graph.attempts", e.Attempts),
	}
	if e.Kind != "" {
		attributes = append(attributes, attribute.String("parley.message.type", e.Kind))
	}
	if e.Waited > 0 {
		attributes = append(attributes, attribute.Float64("parley.graph.waited_seconds", e.Waited.Seconds()))
	}
	span := t.start(e.Op, e.Began, trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(attributes...))
	if o := e.Outcome(); o != graph.OutcomeOK && o != graph.OutcomeCancelled {
		span.SetStatus(codes.Error, o)
	}
	span.End(trace.WithTimestamp(e.Began.Add(e.Duration)))
}
