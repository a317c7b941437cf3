package bolt

import "time"

type config struct {
	lockTimeout time.Duration
}

// Option changes how a store is opened.
type Option func(*config)

// WithLockTimeout sets how long Open waits for another process to let go of the file. Default 1 s, which lets a bot
// be restarted without a gap.
func WithLockTimeout(d time.Duration) Option {
	return func(c *config) { c.lockTimeout = max(d, time.Millisecond) } // bbolt takes 0 for ever
}
