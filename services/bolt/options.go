package bolt

import (
	"time"

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

type config struct {
	lockTimeout time.Duration

	// What follows has one value outside of tests.
	logBytes  int64         // that a log is filled to, and normally takes
	foldAfter time.Duration // how old changes become before they are written to the file
	patience  time.Duration // how long a change waits while both logs are full
	openLog   func(path string) (wal.File, error)
}

// Option changes how a store is opened.
type Option func(*config)

// WithLockTimeout sets how long Open waits for another process to let go of the file. Default 1 s, which lets a bot
// be restarted without a gap.
func WithLockTimeout(d time.Duration) Option {
	return func(c *config) { c.lockTimeout = max(d, time.Millisecond) } // bbolt takes 0 for ever
}
