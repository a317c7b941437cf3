package audio

import "fmt"

// Mono mixes all channels into one, each weighing the same. Audio that is mono already is returned as it is.
func (p PCM) Mono() PCM {
	if p.Channels == 1 {
		return p
	}
	out := PCM{Format: Mono(p.Rate), Samples: make([]int16, p.Len())}
	for i := range out.Samples {
		sum := 0
		for _, s := range p.Samples[i*p.Channels : (i+1)*p.Channels] {
			sum += int(s)
		}
		out.Samples[i] = int16(sum / p.Channels)
	}
	return out
}

// Stereo puts two mono recordings of the same rate side by side, beginning at the same time. The shorter one ends in
// silence.
func Stereo(left, right PCM) (PCM, error) {
	if left.Channels != 1 || right.Channels != 1 || left.Rate != right.Rate {
		return PCM{}, fmt.Errorf("%w: stereo is made of two mono recordings of one rate, not of %v and %v", ErrFormat, left.Format, right.Format)
	}
	out := make([]int16, 2*max(len(left.Samples), len(right.Samples)))
	for i, s := range left.Samples {
		out[2*i] = s
	}
	for i, s := range right.Samples {
		out[2*i+1] = s
	}
	return PCM{Format: Format{Rate: left.Rate, Channels: 2}, Samples: out}, nil
}
