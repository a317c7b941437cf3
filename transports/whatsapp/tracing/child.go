package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// childTracer makes the spans below one other.
type childTracer struct {
	tracer trace.Tracer
	parent context.Context // holds the parent's span; never ends
}

// start begins a child at a time. Its end is told with a time, too.
func (t childTracer) start(name string, at time.Time, opts ...trace.SpanStartOption) trace.Span {
	_, span := t.tracer.Start(t.parent, name, append(opts, trace.WithTimestamp(at))...)
	return span
}

// add makes a child of which the beginning and end are known.
func (t childTracer) add(name string, from, to time.Time) {
	t.start(name, from).End(trace.WithTimestamp(to))
}
