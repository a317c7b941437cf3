// Package tracing makes OpenTelemetry traces of a WhatsApp bot: one for each call and one for each answer to messages.
//
//	traces := tracing.New(provider)
//	bot := whatsapp.New(whatsapp.Config{..., Observers: []whatsapp.Observer{traces}})
//
// A call's trace begins with its webhook:
//
//	call                      from the webhook until everything is freed; an error if it failed
//	  answer                  the answer to the offer was made
//	  pre-accept call         a request to the Graph API, with attempts and outcome, as the other ones
//	  ice                     until the relay was reached
//	  dtls                    until keys were agreed on
//	  accept call
//	  first audio             from the accept until the bot's first packet
//	  turn                    from the user's last word to the first packet of the answer, with its points as events
//	  terminate call          or "reject call", if the bot ended it
//
// The trace of a call that the business places has other spans in front:
//
//	offer                   the bot's offer was made
//	connect call            the request that places the call
//	relay                   until the relay's answer to the offer was there
//	ring                    until the user picked up
//	ice, dtls               as above
//
// A message's trace has the wait for further ones, and the requests:
//
//	message                   from its arrival to the end of its answer; an error if it failed
//	  wait                    for more messages of the user, and for the answer to earlier ones
//	  mark message as read
//	  send message
//
// Attributes hold the ends of ids, as logs do, and no numbers, names or texts.
package tracing
