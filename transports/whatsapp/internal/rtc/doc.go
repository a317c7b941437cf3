// Package rtc is the WebRTC side of a WhatsApp call: it answers the offer of Meta's relay, or makes one, and carries RTP.
//
// The peer is a relay and not a phone. It is ICE-lite: it never sends a check, and it ignores everything until it
// was given the answer through the Graph API. That decides the order of things here:
//
//  1. Answer takes the relay's candidates out of the offer, so that no check is sent in vain, and returns a
//     complete answer.
//  2. The caller posts it.
//  3. Connect adds the candidates, which starts the checks at once. The ICE agent acts only on a tick of 200 ms
//     or when a candidate is added, so Connect wakes it a few times with candidates that lead nowhere, until a
//     pair is nominated. On loopback media is up about 20 ms after Connect.
//
// A call of the business goes the other way: Offer makes a complete offer, Answered takes the relay's answer out of the
// webhook, and Connect begins the checks. The relay hears at once then.
//
// The relay must not be the DTLS client, it takes a single sha-256 fingerprint at media level, and its Opus
// parameters vary: Opus is registered without any, which matches all of them.
package rtc
