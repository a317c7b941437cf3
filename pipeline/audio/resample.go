package audio

import "fmt"

// Resample returns the audio at another rate, in samples per second, as a new PCM. It is for whole recordings; streams
// need a Resampler.
func Resample(pcm PCM, rate int) (PCM, error) {
	if pcm.Channels < 1 || len(pcm.Samples)%pcm.Channels != 0 {
		return PCM{}, fmt.Errorf("%w: %d samples are no whole number for %d channels", ErrFormat, len(pcm.Samples), pcm.Channels)
	}
	r, err := NewResampler(pcm.Rate, rate)
	if err != nil {
		return PCM{}, err
	}
	out := PCM{Format: Format{Rate: rate, Channels: pcm.Channels}}
	one, done := make([]int16, pcm.Len()), []int16(nil)
	for c := range pcm.Channels {
		for i := range one {
			one[i] = pcm.Samples[i*pcm.Channels+c]
		}
		done = r.Flush(r.Process(done[:0], one))
		if out.Samples == nil {
			out.Samples = make([]int16, len(done)*pcm.Channels)
		}
		for i, s := range done {
			out.Samples[i*pcm.Channels+c] = s
		}
	}
	return out, nil
}
