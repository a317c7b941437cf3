// Package ogg reads and writes Ogg files that hold Opus: voice notes (RFC 3533 and RFC 7845).
//
//	r, err := ogg.NewReader(file)             // r.Head() says how many channels, and how much to skip
//	for p, err := r.Next(); err == nil; p, err = r.Next() { ... p.Data is an Opus packet ... }
//
//	w, err := ogg.NewWriter(file, ogg.Head{Channels: 1, PreSkip: 312, InputRate: 16000})
//	err = w.WritePacket(packet, 960)
//	err = w.Close(0)
//
// It is pure Go and knows only the container; opus.DecodeOgg and opus.NewOggWriter go from and to audio.
//
// Files come from strangers. A Reader checks every page's sum, holds at most one page and one packet in memory,
// whatever the file claims, and steps over comments and pictures without loading them. Packets that span pages,
// several packets in a page, other streams beside the one with Opus, and files that were joined end to end
// (chained) are read as they should be.
package ogg
