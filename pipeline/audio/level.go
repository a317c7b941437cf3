package audio

import "math"

// RMS is the level of the audio in dBFS, decibels relative to full scale: 0 is a square wave as loud as 16 bits go,
// -3 a sine; speech over a telephone is around -25, a quiet room below -60. Silence is minus infinity.
func (p PCM) RMS() float64 {
	sum := 0.0
	for _, s := range p.Samples {
		sum += float64(s) * float64(s)
	}
	return 10 * math.Log10(sum/float64(max(1, len(p.Samples)))/(1<<30))
}

// Peak is the level of the loudest sample in dBFS. Silence is minus infinity.
func (p PCM) Peak() float64 {
	peak := 0.0
	for _, s := range p.Samples {
		peak = max(peak, math.Abs(float64(s)))
	}
	return 20 * math.Log10(peak/(1<<15))
}
