package redis

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/parley-voice/parley/services/internal/remote"
)

// Open connects to the server at address, such as redis://127.0.0.1:6379/0, rediss://user:password@host:6379/0 with
// TLS, or unix:///run/redis.sock. It fails at once with ErrUnavailable or ErrRefused; once open, a store finds its
// way back to a server that was away.
func Open(ctx context.Context, address string, opts ...Option) (*Store, error) {
	cfg := config{prefix: DefaultPrefix, timeout: 5 * time.Second}
	for _, o := range opts {
		o(&cfg)
	}
	quiet()
	options, err := parseAddress(address)
	if err != nil {
		return nil, err
	}
	options.MaxRetries, options.DialerRetries = -1, 1 // each call tries again by itself, and knows until when
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = cfg.timeout, cfg.timeout, cfg.timeout
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	s := &Store{
		client: goredis.NewClient(options),
		calls:  remote.New(cfg.timeout),
		prefix: cfg.prefix,
		ttl:    cfg.ttl,
		memory: 2*cfg.timeout + time.Second,
		server: options.Addr,
	}
	if err := s.greet(ctx, cfg.timeout); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// greet finds out whether the server is there. It waits for one that is loading its data, but not for one that does
// not run: that is more likely to be a wrong address.
func (s *Store) greet(ctx context.Context, timeout time.Duration) error {
	err := s.calls.Do(ctx, func(ctx context.Context) error { return s.client.Ping(ctx).Err() },
		func(err error) bool { return goredis.HasErrorPrefix(err, "LOADING") })
	if away := new(remote.Away); err != nil && passing(err) && !errors.As(err, &away) {
		return fmt.Errorf("%w: %s: %w; start it, or check the URL", ErrUnavailable, s.server, err)
	}
	return s.explain(err)
}

// parseAddress reads a URL. Nothing of one that cannot be read is shown if it has a user: where the password ends is
// not clear then.
func parseAddress(address string) (*goredis.Options, error) {
	if !strings.Contains(address, "://") {
		address = "redis://" + address
	}
	options, err := goredis.ParseURL(address)
	if unreadable := new(url.Error); errors.As(err, &unreadable) || err != nil && strings.Contains(address, "@") {
		err = errors.New("it cannot be read")
	}
	if err != nil {
		return nil, fmt.Errorf("redis: no URL of a server: %w; it looks like redis://host:6379/0, or rediss://user:password@host:6379/0 with TLS", err)
	}
	return options, nil
}
