// Package prom measures a WhatsApp bot for Prometheus.
//
//	metrics := prom.New()
//	bot := whatsapp.New(whatsapp.Config{..., Observers: []whatsapp.Observer{metrics}})
//	http.Handle("/metrics", metrics.Handler())
//
// Metrics is a prometheus.Collector as well, for those who have a registry of their own. No label holds a number, a
// name or an id, and each has a few values only. Serve the handler where the internet does not reach it.
//
// The names of all metrics begin with "parley_whatsapp_":
//
//	calls{state}                        calls that are there now
//	packet_lateness_seconds             how late packets leave for callers: the 95th percentile over 10 s
//	overloaded                          1 while calls are refused for that
//	calls_total{direction,reason}       calls that ended or were refused; reason is whatsapp.ReasonClass
//	call_setup_seconds{direction,step}  from the webhook to pre_accept, ice, dtls, accept and first_audio; calls of the
//	                                    business have placed instead of pre_accept, and their accept waits for the user
//	call_duration_seconds               from the accept to the end
//	call_loss_ratio                     share of the caller's packets that were lost, by call
//	audio_packets_total{kind}           the caller's packets: received, lost, recovered, concealed, late, duplicated
//	audio_filled_seconds_total          silence put in because nothing came from the caller
//	turn_latency_seconds                from the last word of the user to the first packet of the answer
//	turn_point_seconds{point}           from the last word of the user to each frame.Point on the way
//	webhooks_total{status}              notifications, by what they were answered
//	webhook_seconds                     from a notification's first byte to its answer
//	last_webhook_timestamp_seconds      when the last one came
//	messages_received_total{type}       messages of users that were taken
//	messages_handled_total{outcome}     answered, replied, superseded, failed, noted, kept
//	message_answer_seconds{outcome}     from a message's arrival to the end of its answer
//	messages_sent_total{type,outcome}   messages to users, by graph.Outcome
//	messages_uncertain_total            messages to users of which nobody knows whether they arrived; they are not sent again
//	graph_requests_total{op,outcome}    requests to the Graph API, by graph.Outcome
//	graph_request_seconds{op}           how long they took, retries included
//	graph_retries_total{op}             attempts after the first
//	graph_rate_limited_total{op}        requests that Meta refused at least once because there were too many
//	graph_wait_seconds_total            time spent between attempts
package prom
