package prom

import (
	"slices"
	"strings"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/rtpaudio"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// Observe counts an event.
func (m *Metrics) Observe(e whatsapp.Event) {
	switch e := e.(type) {
	case whatsapp.BotStarted:
		m.mu.Lock()
		defer m.mu.Unlock()
		m.bots = append(m.bots, e.Bot)
	case whatsapp.BotEnded:
		m.mu.Lock()
		defer m.mu.Unlock()
		m.bots = slices.DeleteFunc(m.bots, func(b *whatsapp.Bot) bool { return b == e.Bot })
	case whatsapp.WebhookHandled:
		m.webhooks.WithLabelValues(e.Status).Inc()
		m.webhook.Observe(e.Duration.Seconds())
	case whatsapp.CallChanged:
		m.changed(e)
	case whatsapp.CallReached:
		m.setup.WithLabelValues(direction(e.Call), e.Milestone.String()).Observe(e.Since.Seconds())
	case whatsapp.CallTurn:
		m.turned(e)
	case whatsapp.MessageTaken:
		m.received.WithLabelValues(messageType(e.Type)).Inc()
	case whatsapp.MessageHandled:
		m.handled.WithLabelValues(e.Outcome.String()).Inc()
		m.answer.WithLabelValues(e.Outcome.String()).Observe(e.Ended.Sub(e.Came).Seconds())
	case whatsapp.GraphAsked:
		m.asked(e)
	}
}

func (m *Metrics) changed(e whatsapp.CallChanged) {
	switch e.State {
	case whatsapp.Connecting: // Meta took the pre-accept
		m.setup.WithLabelValues(inbound, "pre_accept").Observe(e.Since.Seconds())
	case whatsapp.Dialing:
		m.setup.WithLabelValues(outbound, "placed").Observe(e.Since.Seconds())
	case whatsapp.Active:
		m.setup.WithLabelValues(direction(e.Call), "accept").Observe(e.Since.Seconds())
		m.mu.Lock()
		defer m.mu.Unlock()
		m.accepted[e.Call] = e.At
	case whatsapp.Ending:
		m.callsTotal.WithLabelValues(direction(e.Call), whatsapp.ReasonClass(e.Reason)).Inc()
		m.mu.Lock()
		defer m.mu.Unlock()
		if at, ok := m.accepted[e.Call]; ok {
			m.duration.Observe(e.At.Sub(at).Seconds())
			delete(m.accepted, e.Call)
		}
	case whatsapp.Ended:
		if e.Audio != nil {
			m.heard(*e.Audio)
		}
	default:
	}
}

func (m *Metrics) heard(s rtpaudio.Stats) {
	for kind, n := range map[string]uint64{"received": s.Received, "lost": s.Lost, "recovered": s.Recovered,
		"concealed": s.Concealed, "late": s.Late, "duplicated": s.Duplicated} {
		m.packets.WithLabelValues(kind).Add(float64(n))
	}
	m.filled.Add(s.Filled.Seconds())
	if sent := s.Received - min(s.Received, s.Duplicated) + s.Lost; sent > 0 {
		m.loss.Observe(float64(s.Lost) / float64(sent))
	}
}

func (m *Metrics) turned(e whatsapp.CallTurn) {
	m.turn.Observe(e.Latency().Seconds())
	began := e.Points[frame.PointSpeechEnd]
	for i, at := range e.Points {
		if p := frame.Point(i); !at.IsZero() && p != frame.PointSpeechEnd {
			m.points.WithLabelValues(p.String()).Observe(max(0, at.Sub(began).Seconds()))
		}
	}
}

func (m *Metrics) asked(e whatsapp.GraphAsked) {
	m.requests.WithLabelValues(e.Op, e.Outcome()).Inc()
	m.request.WithLabelValues(e.Op).Observe(e.Duration.Seconds())
	if e.Attempts > 1 {
		m.retries.WithLabelValues(e.Op).Add(float64(e.Attempts - 1))
	}
	if e.Limited {
		m.limited.WithLabelValues(e.Op).Inc()
	}
	m.waited.Add(e.Waited.Seconds())
	if e.Kind != "" {
		m.sent.WithLabelValues(messageType(e.Kind), e.Outcome()).Inc()
		if graph.OutcomeUnknown(e.Err) {
			m.uncertain.Inc()
		}
	}
}

// The directions of calls.
const (
	inbound  = "inbound"
	outbound = "outbound"
)

func direction(c *whatsapp.Call) string {
	if c.Direction() == webhook.BusinessInitiated {
		return outbound
	}
	return inbound
}

// messageTypes are those that Meta documents. A type comes from outside, so others are one label together.
var messageTypes = []string{"text", "image", "audio", "video", "document", "sticker", "location", "contacts", "interactive",
	"button", "reaction", "order", "template", "unsupported"}

func messageType(t string) string {
	if t = strings.ToLower(t); slices.Contains(messageTypes, t) {
		return t
	}
	return "other"
}
