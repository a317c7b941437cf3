package vocoder

import (
	"fmt"

	"github.com/parley-voice/parley/services/hibari/internal/fft"
)

const (
	// Rate is the sampling rate of the audio in Hz.
	Rate = 24000
	// Hop is the number of samples from one frame to the next: 12.5 ms.
	Hop = 300
	// Bins is the number of frequencies of a frame, from 0 to 12 kHz.
	Bins = fft.Bins
)

// Spectra is what the network predicts for one sentence of n frames. All but F0 hold Bins rows of n values: the
// frames of one frequency follow each other.
type Spectra struct {
	Harmonic []float32 // log magnitude of the filter for the pulses
	Rotation []float32 // its phase is pi tanh of this
	Noise    []float32 // log magnitude of the noise
	Free     []float32 // log magnitude of the part with its own phase
	Phase    []float32 // that phase
	F0       []float32 // pitch in Hz, one value for each frame; 40 and below is unvoiced
}

// Frames is the number of frames.
func (s Spectra) Frames() int { return len(s.F0) }

func (s Spectra) check() error {
	if len(s.F0) == 0 {
		return fmt.Errorf("no frames")
	}
	want := Bins * len(s.F0)
	for _, part := range [][]float32{s.Harmonic, s.Rotation, s.Noise, s.Free, s.Phase} {
		if len(part) != want {
			return fmt.Errorf("%d frames need %d values, got %d", len(s.F0), want, len(part))
		}
	}
	return nil
}
