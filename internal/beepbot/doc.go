// Package beepbot is a bot for tests: the real pipeline and the real WhatsApp transport, with engines that take no
// time and speak in tones. It understands every utterance as "words", answers each with one tone, and with a long one
// when it is told to; so a test of what calls a bot needs no models.
package beepbot
