package audio

import "fmt"

// ResamplerOption changes how a Resampler works.
type ResamplerOption func(*resamplerSettings) error

type resamplerSettings struct {
	passband  float64
	rejection float64
}

// The defaults lose nothing of speech and put what would fold back below the noise of 16 bit telephony.
func resamplerDefaults() resamplerSettings { return resamplerSettings{passband: 0.9, rejection: 80} }

// WithPassband sets up to where the audio stays untouched, as a share of the lower of the two Nyquist
// frequencies, 0.5 to 0.98; 0.9 by default. The rest up to the Nyquist frequency is the transition: the
// narrower it is, the more the filter costs and delays.
func WithPassband(share float64) ResamplerOption {
	return func(s *resamplerSettings) error {
		if !(share >= 0.5 && share <= 0.98) {
			return fmt.Errorf("%w: a passband of %v is not within 0.5 to 0.98", ErrOption, share)
		}
		s.passband = share
		return nil
	}
}

// WithRejection sets by how much frequencies above the Nyquist frequency are weakened, 50 to 90 dB; 80 by
// default.
func WithRejection(dB float64) ResamplerOption {
	return func(s *resamplerSettings) error {
		if !(dB >= 50 && dB <= 90) {
			return fmt.Errorf("%w: a rejection of %v dB is not within 50 to 90", ErrOption, dB)
		}
		s.rejection = dB
		return nil
	}
}
