// Package relay is the media end point that the emulated side puts into its SDP: one UDP port on which STUN,
// DTLS, SRTP and SRTCP are muxed, as the relays of WhatsApp do it.
//
// It differs from an ordinary WebRTC peer on purpose, because those differences are where bots fail:
//
//   - It is ICE-lite: it answers connectivity checks and never sends one.
//   - It is deaf until Open: whatever arrives before is dropped, unanswered, as if the SDP answer had not been
//     processed yet.
//   - It is a DTLS server and never sends a ClientHello by itself.
//   - It sends media only when its user does, which is after the first packet of the other side.
//
// The building blocks (STUN messages, DTLS, SRTP) are pion's; the behaviour is this package's own, so every
// arrival has an exact time and every oddity can be made on purpose.
package relay
