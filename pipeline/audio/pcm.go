package audio

import (
	"fmt"
	"time"
)

// Format describes linear 16 bit audio: samples per second and interleaved channels.
type Format struct {
	Rate     int // samples per second and channel, such as 16000
	Channels int // 1 is mono; 2 is stereo, left first
}

// Mono returns the single-channel format of the given rate.
func Mono(rate int) Format { return Format{Rate: rate, Channels: 1} }

// String prints "16000 Hz mono".
func (f Format) String() string {
	switch f.Channels {
	case 1:
		return fmt.Sprintf("%d Hz mono", f.Rate)
	case 2:
		return fmt.Sprintf("%d Hz stereo", f.Rate)
	}
	return fmt.Sprintf("%d Hz, %d channels", f.Rate, f.Channels)
}

// Samples converts a duration into a number of samples of one channel, rounded down.
func (f Format) Samples(d time.Duration) int {
	return int(int64(d) * int64(f.Rate) / int64(time.Second))
}

// Duration converts a number of samples of one channel into a duration.
func (f Format) Duration(samples int) time.Duration {
	if f.Rate == 0 {
		return 0
	}
	return time.Duration(int64(samples) * int64(time.Second) / int64(f.Rate))
}

// PCM is a piece of linear 16 bit audio. Samples of several channels are interleaved.
//
// Whoever receives a PCM may keep it and must not write to it: frames are shared between stages.
type PCM struct {
	Format
	Samples []int16
}

// Len is the number of samples of one channel.
func (p PCM) Len() int {
	if p.Channels == 0 {
		return 0
	}
	return len(p.Samples) / p.Channels
}

// Duration is the time that the samples take to play.
func (p PCM) Duration() time.Duration { return p.Format.Duration(p.Len()) }
