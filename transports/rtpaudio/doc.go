// Package rtpaudio carries a conversation's audio in RTP packets, as Opus, without any network of its own: a
// transport such as WhatsApp gives it the packets that come in and sends those that it makes.
//
//	packets -> Receiver -> frame.AudioIn, 20 ms of 16 kHz mono each, without gaps, and frame.DTMF
//	20 ms of speech or of silence -> Sender -> packets
//
// # Receiving
//
// A Receiver has no fixed delay. A packet that comes in order is decoded and delivered at once; a hole in the
// sequence is waited for, for 60 ms at most, and then recovered out of the copy in the packet behind it
// (Opus' forward error correction) or else concealed. It restores order, drops duplicates, and survives what senders and networks
// do: discontinuous transmission, jitter, bursts, wrapped and jumping numbers, packets of 10 to 120 ms, a new SSRC, garbage.
//
// Media time is the sender's as long as packets come, and the local clock's when none do: the owner calls Tick
// every 20 ms. Silence that turns out to have been a late network is taken out again later, in silence, so media time
// stays true.
//
// # Sending
//
// A Sender numbers packets and stamps them in one unbroken row through speech and silence, and marks where talk
// begins. Silence is encoded once and sent again and again, so a listening bot spends nothing on encoding.
//
// Press sends telephone keys (RFC 4733) in the same row, in place of audio.
//
// # Testing
//
// Nothing here reads a clock or starts a goroutine: times are given by the caller, so that tests need not wait.
package rtpaudio
