// Package graph is a small client of Meta's Graph API for one WhatsApp business phone number: calls, messages
// and media.
//
// A request is tried again only when that cannot do harm. Refusals that say "not now" (429, 503 and the codes
// for throughput and rate limits) were not carried out, so they are repeated with growing pauses, honouring
// Retry-After. A request whose fate is unknown, because it timed out or the connection broke after it was
// written, is repeated only if doing it twice is the same as doing it once: rejecting or ending a call, marking
// a message as read, reading. An accept or a text message is not: OutcomeUnknown tells the caller to look after it.
//
// Every error that Meta sends is an *Error with its code, details and a sentence on what to do. Access tokens
// never appear in errors or logs.
//
//	client := graph.New(token, phoneNumberID)
//	id, err := client.SendText(ctx, graph.Phone("15559990000"), graph.Text{Body: "Hello!"})
package graph
