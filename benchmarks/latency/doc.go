// Package latency measures how long a caller waits: from the last sample of the caller's speech to the first sample
// of the bot's that can be heard, cut into the parts that it is made of.
//
// The pipeline is the one that bots use, with the shipped stages. Room runs it without a transport: a microphone that
// gives 20 ms of audio every 20 ms, and a loudspeaker that pulls 20 ms every 20 ms, on a clock of its own. Call runs it
// behind a whole WhatsApp call, with the emulator of Meta's side in the caller's place: webhook, ICE, DTLS, SRTP, Opus,
// jitter buffer.
//
// Both ends of the time are taken from the audio, not from what stages say about themselves: speech begins and
// ends where its level passes -45 dBFS. What the stages say only divides the time between them.
package latency
