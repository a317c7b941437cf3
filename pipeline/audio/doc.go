// Package audio holds linear PCM and what is done to it: resampling, G.711, WAV files.
//
// It is pure Go. Opus needs libopus and cgo and therefore lives in the package opus below it.
package audio
