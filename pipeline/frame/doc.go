// Package frame has the frames that the built-in stages exchange, one type a fact.
//
// Media time: audio carries its position in its own stream (Position), counted in samples since the start of
// that stream; whatever is derived from audio, such as the start of speech, is stated on the same clock.
package frame
