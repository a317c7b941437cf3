package prom

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-voice/parley/transports/whatsapp"
)

const namespace = "parley_whatsapp"

// Metrics measures bots. It is an Observer for whatsapp.Config and a prometheus.Collector. It is safe for concurrent
// use. Make one with New.
type Metrics struct {
	mu       sync.Mutex
	bots     []*whatsapp.Bot
	accepted map[*whatsapp.Call]time.Time // of the calls that are active

	calls       *prometheus.Desc
	lateness    *prometheus.Desc
	overloaded  *prometheus.Desc
	callsTotal  *prometheus.CounterVec
	setup       *prometheus.HistogramVec
	duration    prometheus.Histogram
	loss        prometheus.Histogram
	packets     *prometheus.CounterVec
	filled      prometheus.Counter
	turn        prometheus.Histogram
	points      *prometheus.HistogramVec
	webhooks    *prometheus.CounterVec
	webhook     prometheus.Histogram
	lastWebhook *prometheus.Desc
	received    *prometheus.CounterVec
	handled     *prometheus.CounterVec
	answer      *prometheus.HistogramVec
	sent        *prometheus.CounterVec
	uncertain   prometheus.Counter
	requests    *prometheus.CounterVec
	request     *prometheus.HistogramVec
	retries     *prometheus.CounterVec
	limited     *prometheus.CounterVec
	waited      prometheus.Counter
}

// Buckets in seconds. Setups take milliseconds near Meta and must be over before the phone gives up; turns are felt
// from a few tenths of a second on.
var (
	setupBuckets   = []float64{.005, .01, .025, .05, .1, .2, .3, .5, .75, 1, 1.5, 2, 3, 5, 10, 20}
	turnBuckets    = []float64{.05, .1, .2, .3, .4, .5, .6, .8, 1, 1.25, 1.5, 2, 3, 5, 10}
	webhookBuckets = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}
	answerBuckets  = []float64{.05, .1, .25, .5, 1, 2, 3, 5, 8, 13, 20, 30, 60, 120}
	graphBuckets   = []float64{.01, .025, .05, .1, .2, .3, .5, .75, 1, 2, 5, 10, 20}
	callBuckets    = []float64{5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600}
	lossBuckets    = []float64{0, .001, .005, .01, .02, .05, .1, .2, .5}
)

// New makes metrics without a registry; see Metrics.Handler.
func New() *Metrics {
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help})
	}
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets})
	}
	histograms := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
	}
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
	}
	return &Metrics{
		accepted:    make(map[*whatsapp.Call]time.Time),
		calls:       desc("calls", "Calls that are there now, by state.", "state"),
		lateness:    desc("packet_lateness_seconds", "How late packets leave for callers: the 95th percentile over 10 s."),
		overloaded:  desc("overloaded", "1 while calls are refused because the machine is overloaded."),
		callsTotal:  counters("calls_total", "Calls that ended or were refused, by why.", "direction", "reason"),
		setup:       histograms("call_setup_seconds", "Time from a call's webhook, or from its placing, to the steps of its setup.", setupBuckets, "direction", "step"),
		duration:    histogram("call_duration_seconds", "Time from a call's accept to its end.", callBuckets),
		loss:        histogram("call_loss_ratio", "Share of a caller's packets that were lost.", lossBuckets),
		packets:     counters("audio_packets_total", "Packets of callers, by what became of them.", "kind"),
		filled:      counter("audio_filled_seconds_total", "Silence that was put in because nothing came from the caller."),
		turn:        histogram("turn_latency_seconds", "Time from the last word of the user to the first packet of the answer.", turnBuckets),
		points:      histograms("turn_point_seconds", "Time from the last word of the user to the points of a turn.", turnBuckets, "point"),
		webhooks:    counters("webhooks_total", "Notifications, by what they were answered.", "status"),
		webhook:     histogram("webhook_seconds", "Time to answer a notification.", webhookBuckets),
		lastWebhook: desc("last_webhook_timestamp_seconds", "When the last notification came."),
		received:    counters("messages_received_total", "Messages of users that were taken, by type.", "type"),
		handled:     counters("messages_handled_total", "Messages, by what became of them.", "outcome"),
		answer:      histograms("message_answer_seconds", "Time from a message's arrival to the end of its answer.", answerBuckets, "outcome"),
		sent:        counters("messages_sent_total", "Messages to users, by type and outcome.", "type", "outcome"),
		uncertain:   counter("messages_uncertain_total", "Messages to users of which nobody knows whether they arrived, so that they were not sent again."),
		requests:    counters("graph_requests_total", "Requests to the Graph API, by outcome.", "op", "outcome"),
		request:     histograms("graph_request_seconds", "Time that a request to the Graph API took, retries included.", graphBuckets, "op"),
		retries:     counters("graph_retries_total", "Attempts after the first.", "op"),
		limited:     counters("graph_rate_limited_total", "Requests of which Meta refused an attempt because there were too many.", "op"),
		waited:      counter("graph_wait_seconds_total", "Time spent between the attempts of requests."),
	}
}
