package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// maxEnded is how many ended calls are remembered, for the requests that tell Meta of the end.
const maxEnded = 256

// callTrace is the trace of a call.
type callTrace struct {
	span   trace.Span
	tracer childTracer
	last   time.Time // when the step before the one that is under way ended
	dialed time.Time // of a call of the business: when Meta had taken it
}

// changed follows the states of a call. The lock is held.
func (t *Traces) changed(e whatsapp.CallChanged) {
	c := t.calls[e.Call]
	if c == nil {
		if e.State == whatsapp.Offered || e.State == whatsapp.Preparing {
			t.calls[e.Call] = t.begin(e)
		}
		return
	}
	switch e.State {
	case whatsapp.PreAccepting:
		c.step("answer", e.At)
	case whatsapp.Placing:
		c.step("offer", e.At)
	case whatsapp.Connecting, whatsapp.Accepting:
		c.last = e.At // the request has a span of its own, or what was reached has
	case whatsapp.Dialing:
		c.last, c.dialed = e.At, e.At
		c.span.SetAttributes(attribute.String("parley.call.id", e.Call.String())) // it has one now
	case whatsapp.Ringing:
		c.step("relay", e.At)
	case whatsapp.Answered:
		c.pickedUp(e.At)
	case whatsapp.Active:
		c.pickedUp(e.At)
		c.last = e.At
	case whatsapp.Ending:
		c.span.SetAttributes(attribute.String("parley.call.reason", whatsapp.ReasonClass(e.Reason)))
		if !whatsapp.Expected(e.Reason) {
			c.span.SetStatus(codes.Error, whatsapp.ReasonClass(e.Reason))
		}
		c.span.AddEvent("ending", trace.WithTimestamp(e.At))
	case whatsapp.Ended:
		if e.Audio != nil {
			c.span.SetAttributes(attribute.Int64("parley.audio.received", int64(e.Audio.Received)), attribute.Int64("parley.audio.lost", int64(e.Audio.Lost)))
		}
		c.span.End(trace.WithTimestamp(e.At))
		delete(t.calls, e.Call)
		t.remember(e.Call.ID(), c.tracer)
	default:
	}
}

// begin opens the trace of a call.
func (t *Traces) begin(e whatsapp.CallChanged) *callTrace {
	direction := "inbound"
	if e.Call.Direction() == webhook.BusinessInitiated {
		direction = "outbound"
	}
	ctx, span := t.tracer.Start(context.Background(), "call", trace.WithNewRoot(), trace.WithTimestamp(e.At),
		trace.WithSpanKind(trace.SpanKindServer), trace.WithAttributes(
			attribute.String("parley.call.id", e.Call.String()), attribute.String("parley.call.direction", direction)))
	return &callTrace{span: span, tracer: childTracer{t.tracer, ctx}, last: e.At}
}

// remember keeps a call that ended for a while, and forgets the oldest.
func (t *Traces) remember(id string, c childTracer) {
	t.late[id] = c
	t.ended = append(t.ended, id)
	if len(t.ended) > maxEnded {
		delete(t.late, t.ended[0])
		t.ended = t.ended[1:]
	}
}

// pickedUp adds the time for which the phone of a user rang whom the business called.
func (c *callTrace) pickedUp(at time.Time) {
	if !c.dialed.IsZero() {
		c.tracer.add("ring", c.dialed, at)
		c.dialed = time.Time{}
	}
}

// step adds what was done since the last one.
func (c *callTrace) step(name string, end time.Time) {
	c.tracer.add(name, c.last, end)
	c.last = end
}

func (c *callTrace) reached(e whatsapp.CallReached) {
	switch e.Milestone {
	case whatsapp.ICEConnected:
		c.step("ice", e.At)
	case whatsapp.DTLSConnected:
		c.step("dtls", e.At)
	case whatsapp.FirstAudio:
		c.step("first audio", e.At)
	}
}

// turn adds a turn that was answered.
func (c *callTrace) turn(e whatsapp.CallTurn) {
	span := c.tracer.start("turn", e.Points[frame.PointSpeechEnd], trace.WithAttributes(attribute.Int("parley.turn", e.Turn)))
	for i, at := range e.Points {
		if p := frame.Point(i); !at.IsZero() && p != frame.PointSpeechEnd && p != frame.PointFirstPacket {
			span.AddEvent(p.String(), trace.WithTimestamp(at))
		}
	}
	span.End(trace.WithTimestamp(e.Points[frame.PointFirstPacket]))
}
