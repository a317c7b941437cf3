package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/services/internal/remote"
)

// Open connects to the server at address, such as nats://127.0.0.1:4222 or tls://user:password@host:4222; several
// servers of a cluster are separated by commas. It creates the bucket if it does not exist. It fails at once with
// ErrUnavailable, ErrRefused or ErrBucket; once open, a store finds its way back to a server that was away.
func Open(ctx context.Context, address string, opts ...Option) (*Store, error) {
	cfg := config{bucket: DefaultBucket, timeout: 5 * time.Second, log: slog.Default()}
	for _, o := range opts {
		o(&cfg)
	}
	server, err := redact(address)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s := &Store{calls: remote.New(cfg.timeout), ended: make(chan struct{}), bucket: cfg.bucket, server: server, log: cfg.log}
	ctx, cancel := context.WithTimeout(ctx, cfg.timeout)
	defer cancel()
	if err := s.connect(ctx, address, cfg); err != nil {
		return nil, err
	}
	if err := s.openBucket(ctx, cfg); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// redact returns the servers' addresses as errors and logs may show them. Nothing of an address that cannot be
// read is shown: a password may be anywhere in it.
func redact(address string) (string, error) {
	var shown []string
	for _, one := range strings.Split(address, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		if err != nil || u.Hostname() == "" {
			return "", errors.New("nats: no URL of a server; it looks like nats://host:4222 or tls://user:password@host:4222")
		}
		shown = append(shown, u.Scheme+"://"+u.Host) // a user may be a token
	}
	return strings.Join(shown, ","), nil
}

func (s *Store) connect(ctx context.Context, address string, cfg config) error {
	until, _ := ctx.Deadline()
	options := []natsgo.Option{
		natsgo.Name("parley"),
		natsgo.Timeout(time.Until(until)),
		natsgo.MaxReconnects(-1),
		natsgo.ReconnectWait(250 * time.Millisecond),
		// A rejected password may be one that is just being changed: go on trying.
		natsgo.IgnoreAuthErrorAbort(),
		// A connection that is dead without a word is noticed after half a minute.
		natsgo.PingInterval(10 * time.Second),
		natsgo.MaxPingsOutstanding(2),
		natsgo.DisconnectErrHandler(func(_ *natsgo.Conn, err error) {
			if err != nil {
				cfg.log.Warn("nats: connection lost; trying to get it back", "server", s.server, "err", err)
			}
		}),
		natsgo.ReconnectHandler(func(*natsgo.Conn) {
			s.denied.Store(false)
			cfg.log.Info("nats: connected again", "server", s.server)
		}),
		natsgo.ErrorHandler(func(_ *natsgo.Conn, _ *natsgo.Subscription, err error) {
			if errors.Is(err, natsgo.ErrPermissionViolation) {
				s.denied.Store(true)
				err = natsgo.ErrPermissionViolation // its text names the key, which may be a phone number
			}
			cfg.log.Warn("nats: complaint of the server", "server", s.server, "err", err)
		}),
	}
	options = append(options, cfg.connection...)
	options = append(options,
		// What cannot be sent now is tried again by the call itself; the client must not send it after the call
		// has failed.
		natsgo.ReconnectBufSize(-1),
		natsgo.ClosedHandler(func(*natsgo.Conn) { close(s.ended) }))
	conn, err := natsgo.Connect(address, options...)
	switch {
	case err == nil:
		s.conn = conn
		return nil
	case errors.Is(err, natsgo.ErrAuthorization), errors.Is(err, natsgo.ErrAuthExpired), errors.Is(err, natsgo.ErrAuthRevoked):
		return fmt.Errorf("%w: %s: %w; check the user and password, token or credentials", ErrRefused, s.server, err)
	}
	return fmt.Errorf("%w: %s: %w; start it with JetStream (nats-server -js), or check the URL", ErrUnavailable, s.server, err)
}

// openBucket opens the bucket, or creates it. The settings of one that exists are not changed: another node may
// want them as they are.
func (s *Store) openBucket(ctx context.Context, cfg config) error {
	js, err := jetstream.New(s.conn)
	if err != nil {
		return s.explain(err)
	}
	kv, err := js.KeyValue(ctx, cfg.bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket:      cfg.bucket,
			Description: "Conversations of a Parley bot",
			TTL:         cfg.ttl,
			Replicas:    cfg.replicas,
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // another node was faster, and wants other settings
			kv, err = js.KeyValue(ctx, cfg.bucket)
		}
	}
	var status jetstream.KeyValueStatus
	if err == nil {
		status, err = kv.Status(ctx)
	}
	switch {
	case errors.Is(err, jetstream.ErrInvalidBucketName):
		return fmt.Errorf("%w: %q is no name for one; use letters, digits, - and _", ErrBucket, cfg.bucket)
	case err != nil && s.denied.Load():
		return s.refused()
	case errors.Is(err, natsgo.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled),
		errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("%w: %s: it has no JetStream (%w); start it with: nats-server -js", ErrUnavailable, s.server, err)
	case errors.Is(err, context.DeadlineExceeded), passing(err):
		return fmt.Errorf("%w: %s: %w; try again", ErrUnavailable, s.server, err)
	case err != nil:
		return fmt.Errorf("%w: %q on %s: %w", ErrBucket, cfg.bucket, s.server, err)
	}
	s.single = status.Config().Replicas == 1
	return checkBucket(status, cfg)
}

// checkBucket refuses a bucket that is otherwise than the options say, rather than to ignore them.
func checkBucket(status jetstream.KeyValueStatus, cfg config) error {
	if ttl := status.TTL(); cfg.ttl > 0 && ttl != cfg.ttl {
		return fmt.Errorf("%w: %q exists with a TTL of %v, not %v: leave WithTTL out, or change the bucket with: nats stream edit KV_%s --max-age=%v",
			ErrBucket, cfg.bucket, ttl, cfg.ttl, cfg.bucket, cfg.ttl)
	}
	if n := status.Config().Replicas; cfg.replicas > 0 && n != cfg.replicas {
		return fmt.Errorf("%w: %q exists with %d replicas, not %d: leave WithReplicas out, or change the bucket with: nats stream edit KV_%s --replicas=%d",
			ErrBucket, cfg.bucket, n, cfg.replicas, cfg.bucket, cfg.replicas)
	}
	return nil
}
