// Package audio holds linear PCM and what is done to it.
//
//	PCM, Format             16 bit samples, their rate and channels
//	Resampler, Resample     another rate, for streams and for whole recordings
//	EncodeMuLaw, ...        G.711, the codec of the telephone network
//	ReadWAV, WAVWriter      files
//	Track, Stereo           a recording of both sides of a call, on the sample clock
//	PCM.RMS, PCM.Peak       levels
//
// It is pure Go. Opus needs libopus and cgo and therefore lives in the package opus below it; ogg is the container of
// voice notes.
package audio
