package nats

import (
	"log/slog"
	"time"

	natsgo "github.com/nats-io/nats.go"
)

// DefaultBucket is the name of the bucket that Open uses.
const DefaultBucket = "parley"

type config struct {
	bucket     string
	replicas   int
	ttl        time.Duration
	timeout    time.Duration
	connection []natsgo.Option
	log        *slog.Logger
}

// Option changes how a store is opened.
type Option func(*config)

// WithBucket sets the bucket's name: letters, digits, "-" and "_". The default is DefaultBucket.
func WithBucket(name string) Option { return func(c *config) { c.bucket = name } }

// WithReplicas sets on how many servers of a cluster each value is kept: 1, 3 or 5. The default is 1, or whatever
// the bucket has if it exists.
func WithReplicas(n int) Option { return func(c *config) { c.replicas = n } }

// WithTTL has values vanish when they have not been written for so long. By default they stay, or do whatever the
// bucket says if it exists.
func WithTTL(d time.Duration) Option { return func(c *config) { c.ttl = max(d, 0) } }

// WithTimeout bounds each call, with all its attempts. The default is 5 s. A context that ends earlier counts too.
func WithTimeout(d time.Duration) Option {
	return func(c *config) { c.timeout = max(d, time.Millisecond) }
}

// WithConnection adds options of the NATS client, such as credentials or certificates.
func WithConnection(opts ...natsgo.Option) Option {
	return func(c *config) { c.connection = append(c.connection, opts...) }
}

// WithLogger sets the logger. A connection that is lost is logged as a warning, and its return as information. The
// default is slog.Default.
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.log = l } }
