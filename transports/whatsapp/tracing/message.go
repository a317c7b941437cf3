package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/transports/whatsapp"
)

// messageTrace is the trace of a message, or of several that are answered together.
type messageTrace struct {
	span   trace.Span
	tracer childTracer
}

// maxType is the longest type of a message that is shown: it comes from outside.
const maxType = 32

// took opens the trace of a message.
func (t *Traces) took(e whatsapp.MessageBegan) *messageTrace {
	kind := e.Message.Event().Type
	ctx, span := t.tracer.Start(context.Background(), "message", trace.WithNewRoot(), trace.WithTimestamp(e.Came),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("parley.message.id", e.Message.String()), attribute.String("parley.message.type", kind[:min(len(kind), maxType)]),
			attribute.Int("parley.message.together", len(e.Message.Events()))))
	children := childTracer{t.tracer, ctx}
	children.add("wait", e.Came, e.At)
	return &messageTrace{span, children}
}

func (m *messageTrace) handled(e whatsapp.MessageHandled) {
	m.span.SetAttributes(attribute.String("parley.message.outcome", e.Outcome.String()))
	if e.Outcome == whatsapp.MessageFailed {
		m.span.SetStatus(codes.Error, e.Outcome.String())
	}
	m.span.End(trace.WithTimestamp(e.Ended))
}
