package redis

import "time"

// DefaultPrefix is in front of every key that a store has in Redis.
const DefaultPrefix = "parley:"

type config struct {
	prefix  string
	ttl     time.Duration
	timeout time.Duration
}

// Option changes how a store is opened.
type Option func(*config)

// WithPrefix sets what is in front of every key in Redis; stores with different prefixes do not see each other,
// unless one prefix begins with the other. The default is DefaultPrefix.
func WithPrefix(prefix string) Option { return func(c *config) { c.prefix = prefix } }

// WithTTL has values vanish when they have not been written for so long: a millisecond at least. By default, and
// with 0, they stay.
func WithTTL(d time.Duration) Option {
	return func(c *config) {
		if c.ttl = 0; d > 0 {
			c.ttl = max(d, time.Millisecond)
		}
	}
}

// WithTimeout bounds each call, with all its attempts. The default is 5 s. A context that ends earlier counts too.
func WithTimeout(d time.Duration) Option {
	return func(c *config) { c.timeout = max(d, time.Millisecond) }
}
