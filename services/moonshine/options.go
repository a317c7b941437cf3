package moonshine

import (
	"runtime"
	"time"
)

// Option changes how an Engine is made.
type Option func(*config)

type config struct {
	concurrency int
	maxLength   time.Duration
}

func defaults() config {
	return config{
		concurrency: max(1, runtime.GOMAXPROCS(0)-1),
		maxLength:   5 * time.Minute,
	}
}

// WithConcurrency sets how many stretches of speech are read at the same time, each on one core. The default is one
// less than there are cores, so that one is left for audio, and at least 1.
func WithConcurrency(n int) Option { return func(c *config) { c.concurrency = max(1, n) } }

// WithMaxUtterance sets how long one utterance may be before Write fails with ErrTooLong. The default is five
// minutes: nobody speaks that long without a pause, so it is noise or a mistake.
func WithMaxUtterance(d time.Duration) Option { return func(c *config) { c.maxLength = d } }
