package pipeline

import (
	"log/slog"
	"reflect"
	"time"
)

// Defaults of the deadlines of a session's phases.
const (
	DefaultStartTimeout = 15 * time.Second
	DefaultDrainTimeout = 60 * time.Second
	DefaultStopTimeout  = 5 * time.Second
	// FlushGrace is how long Interrupt waits for the OnFlush hooks. What takes longer goes on alone, and
	// its stage is named in the log.
	FlushGrace = 10 * time.Millisecond
)

type options struct {
	start, drain, stop time.Duration
	log                *slog.Logger
	id                 string
	clock              func() time.Time // nil is time.Now
	values             map[reflect.Type]any
	observers          []Observer
	watchdog           time.Duration
}

// Option sets something for all sessions of a pipeline; see Pipeline.With.
type Option func(*options)

// WithStartTimeout limits the start of the stages.
func WithStartTimeout(d time.Duration) Option { return func(o *options) { o.start = d } }

// WithDrainTimeout limits the time from an End to the end of the session; then it is aborted. A stage can ask for more
// with Wiring.DrainTimeout.
func WithDrainTimeout(d time.Duration) Option { return func(o *options) { o.drain = d } }

// WithStopTimeout limits the clean-up of the stages: first the return of their handlers and OnFlush hooks, and then, as
// long again, their OnStop hooks.
func WithStopTimeout(d time.Duration) Option { return func(o *options) { o.stop = d } }

// WithLogger sets the logger; without it slog.Default is used.
func WithLogger(l *slog.Logger) Option { return func(o *options) { o.log = l } }
