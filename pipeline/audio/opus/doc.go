// Package opus encodes and decodes Opus, the codec of WebRTC, by libopus.
//
// Opus works internally at 8, 12, 16, 24 or 48 kHz and converts by itself: a Decoder for 16 kHz takes any
// stream straight to what speech engines want, and an Encoder takes speech at the rate that a TTS makes. So a call
// needs no resampling at all.
//
//	dec, err := opus.NewDecoder(16000)
//	n, err := dec.Decode(packet, pcm)         // the normal case
//	err = dec.Recover(next, pcm[:320])        // the packet before next was lost: its copy within next, if there is one
//	err = dec.Conceal(pcm[:320])              // a packet was lost and nothing is known: extrapolate
//
// Voice notes are files: DecodeOgg reads them, EncodeOgg and OggWriter write them.
//
//	pcm, err := opus.DecodeOgg(file, 16000, 15*time.Minute)
//	file, err := opus.EncodeOgg(pcm)
//
// Encoders and decoders hold the state of one stream in one direction and are for one goroutine at a time. They
// do not allocate once they are made, and need no Close: their memory belongs to the garbage collector.
//
// # Building
//
// The package needs cgo, pkg-config and libopus. If the build says "Package opus was not found in the pkg-config
// search path", install the library: "apt install libopus-dev pkg-config" on Debian and Ubuntu, "brew install
// opus pkg-config" on macOS. If it asks for opusfile, which is not used here, build with "-tags nolibopusfile".
package opus
