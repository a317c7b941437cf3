package hibari

import (
	"fmt"
	"math"
	"runtime"
	"strings"
)

// Option changes how an Engine speaks.
type Option func(*config) error

type config struct {
	speed   float32
	gain    float32
	workers int
	own     map[string]string
}

func newConfig(opts []Option) (config, error) {
	c := config{speed: 1, gain: decibels(6), workers: max(1, runtime.GOMAXPROCS(0)-1), own: map[string]string{}}
	for _, o := range opts {
		if err := o(&c); err != nil {
			return config{}, err
		}
	}
	return c, nil
}

// WithSpeed sets how fast to speak, from 0.5 to 2; 1 is the voice's own pace.
func WithSpeed(speed float64) Option {
	return func(c *config) error {
		if !(speed >= 0.5 && speed <= 2) {
			return fmt.Errorf("%w: speed %v, want 0.5 to 2", ErrOption, speed)
		}
		c.speed = float32(speed)
		return nil
	}
}

// WithGain sets by how many decibels the voice is raised, from -20 to 20. The default of 6 brings it to the level
// that is usual on the telephone. Peaks are rounded off, never clipped.
func WithGain(dB float64) Option {
	return func(c *config) error {
		if !(dB >= -20 && dB <= 20) {
			return fmt.Errorf("%w: gain of %v dB, want -20 to 20", ErrOption, dB)
		}
		c.gain = decibels(dB)
		return nil
	}
}

// WithWorkers sets how many sentences are computed at the same time; others wait. Each takes one core for a few
// hundredths of a second. The default leaves one core to the rest of the program.
func WithWorkers(n int) Option {
	return func(c *config) error {
		if n < 1 {
			return fmt.Errorf("%w: %d workers, want at least 1", ErrOption, n)
		}
		c.workers = n
		return nil
	}
}

// WithPronunciation sets the phonemes of a word in any case, such as the name of a company:
// WithPronunciation("Nguyen", "wˈɪn").
// The phonemes are those of the Kokoro voices: IPA with A, I, O, W, Y for the diphthongs of day, my, go, now and boy,
// and the stress mark before the vowel.
func WithPronunciation(word, phonemes string) Option {
	return func(c *config) error {
		if word == "" || phonemes == "" {
			return fmt.Errorf("%w: pronunciation %q of the word %q", ErrOption, phonemes, word)
		}
		c.own[strings.ToLower(word)] = phonemes
		return nil
	}
}

func decibels(dB float64) float32 { return float32(math.Pow(10, dB/20)) }
