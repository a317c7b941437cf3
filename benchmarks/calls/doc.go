// Package calls measures what WhatsApp calls take and cost: how fast they are answered, what is left of them when they are
// over, how many of them one core serves, and what becomes of them on a bad network.
//
// The bot is a process of its own, with one core of its own where the system lets it choose (ServeIfChild). The
// callers are the emulator of WhatsApp's side, in the measuring process, on the other cores: webhooks, ICE, DTLS, SRTP
// and Opus are real, the network is the loopback interface. Callers replay speech that was encoded beforehand, and their ears
// only count, so that they cost little.
//
// The services behind the bot's pipeline are models of services: they take a fixed time and do no work (see modelled).
// What is measured is the framework, and not an engine on the same core. Bots differ in what is real:
//
//	Media     no pipeline to speak of: the caller is decoded and dropped, the bot speaks by the clock
//	Modelled  the whole pipeline of a voice bot; VAD, STT, LLM and TTS are models
//	Silero    the same with the real VAD, whose work is on the bot's core
package calls
