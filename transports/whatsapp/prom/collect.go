package prom

import (
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/parley-voice/parley/transports/whatsapp"
)

// counted are the metrics that count by themselves.
func (m *Metrics) counted() []prometheus.Collector {
	return []prometheus.Collector{
		m.callsTotal, m.setup, m.duration, m.loss, m.packets, m.filled, m.turn, m.points, m.webhooks, m.webhook,
		m.received, m.handled, m.answer, m.sent, m.uncertain, m.requests, m.request, m.retries, m.limited, m.waited,
	}
}

// Describe names the metrics; it makes Metrics a prometheus.Collector.
func (m *Metrics) Describe(out chan<- *prometheus.Desc) {
	out <- m.calls
	out <- m.lastWebhook
	out <- m.lateness
	out <- m.overloaded
	for _, c := range m.counted() {
		c.Describe(out)
	}
}

// Collect delivers the metrics; it makes Metrics a prometheus.Collector.
func (m *Metrics) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	bots := slices.Clone(m.bots)
	m.mu.Unlock()
	states := make(map[whatsapp.State]int)
	last, late, over := 0.0, 0.0, 0.0
	for _, b := range bots {
		for _, c := range b.Calls() {
			states[c.State()]++
		}
		load := b.Load()
		late = max(late, load.Lateness.Seconds())
		if load.Overloaded {
			over = 1
		}
		if at := b.Health().LastWebhook; at != nil {
			last = max(last, float64(at.Unix()))
		}
	}
	for s := whatsapp.Offered; s < whatsapp.Ended; s++ {
		out <- prometheus.MustNewConstMetric(m.calls, prometheus.GaugeValue, float64(states[s]), s.String())
	}
	out <- prometheus.MustNewConstMetric(m.lateness, prometheus.GaugeValue, late)
	out <- prometheus.MustNewConstMetric(m.overloaded, prometheus.GaugeValue, over)
	if last > 0 {
		out <- prometheus.MustNewConstMetric(m.lastWebhook, prometheus.GaugeValue, last)
	}
	for _, c := range m.counted() {
		c.Collect(out)
	}
}

// Handler serves these metrics with those of the Go runtime and the process.
func (m *Metrics) Handler() http.Handler {
	r := prometheus.NewRegistry()
	r.MustRegister(m, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return promhttp.HandlerFor(r, promhttp.HandlerOpts{MaxRequestsInFlight: 4})
}
