package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/internal/remote"
)

// maxValue is what Redis takes in one piece.
const maxValue = 512 << 20

// Store is a services.Store in Redis. It is safe for concurrent use. Values have up to 512 MiB.
type Store struct {
	client *goredis.Client
	calls  *remote.Calls
	prefix string
	ttl    time.Duration
	memory time.Duration // how long the mark of a Put is kept: longer than its last attempt can come late
	server string        // for errors; without password
}

var (
	_ services.Store  = (*Store)(nil)
	_ services.Shared = (*Store)(nil)
)

// Get returns the value and its revision, or services.ErrNotFound.
func (s *Store) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	if key == "" {
		return nil, 0, ErrEmptyKey
	}
	err = s.do(ctx, func(ctx context.Context) error {
		fields, err := s.client.HMGet(ctx, s.name(key), "revision", "value").Result()
		if err != nil {
			return err
		}
		value, revision, err = parse(fields)
		return err
	})
	return value, revision, err
}

// Put writes the value if the key is still at the given revision, or returns services.ErrConflict. After any other
// error it is not known whether the value is written.
func (s *Store) Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, err error) {
	if key == "" {
		return 0, ErrEmptyKey
	}
	if len(value) > maxValue {
		return 0, fmt.Errorf("%w: %d bytes; Redis takes %d", ErrTooLarge, len(value), maxValue)
	}
	keys := []string{s.name(key), s.prefix + "revision", s.prefix + "m:" + rand.Text()}
	err = s.do(ctx, func(ctx context.Context) error {
		text, err := putScript.Run(ctx, s.client, keys,
			strconv.FormatUint(revision, 10), value, s.memory.Milliseconds(), s.ttl.Milliseconds()).Text()
		switch {
		case err != nil:
			return err
		case text == "":
			return services.ErrConflict
		}
		next, err = parseRevision(text)
		return err
	})
	return next, err
}

// Delete removes a key.
func (s *Store) Delete(ctx context.Context, key string) error {
	if key == "" {
		return ErrEmptyKey
	}
	return s.do(ctx, func(ctx context.Context) error { return s.client.Del(ctx, s.name(key)).Err() })
}

// Shared says that other processes use the same values.
func (s *Store) Shared() {}

// Close waits for the calls under way, which takes as long as one call at the most, and closes the connections.
// Closing twice is no error.
func (s *Store) Close() error {
	if !s.calls.Close() {
		return nil
	}
	if err := s.client.Close(); err != nil {
		return fmt.Errorf("redis: closing %s: %w", s.server, err)
	}
	return nil
}

func (s *Store) do(ctx context.Context, try func(context.Context) error) error {
	return s.explain(s.calls.Do(ctx, try, passing))
}

// name is a key's name in Redis. The letter keeps values apart from marks and the counter.
func (s *Store) name(key string) string { return s.prefix + "v:" + key }

// parse reads the fields that Get asks for.
func parse(fields []any) (value []byte, revision uint64, err error) {
	if len(fields) != 2 {
		return nil, 0, fmt.Errorf("%w: %d fields instead of 2", ErrForeign, len(fields))
	}
	if fields[0] == nil && fields[1] == nil {
		return nil, 0, services.ErrNotFound
	}
	number, ok1 := fields[0].(string)
	text, ok2 := fields[1].(string)
	if !ok1 || !ok2 {
		return nil, 0, fmt.Errorf("%w: a value or its revision is missing; use another prefix", ErrForeign)
	}
	if revision, err = parseRevision(number); err != nil {
		return nil, 0, err
	}
	return []byte(text), revision, nil
}

func parseRevision(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("%w: %.30q is no revision; use another prefix", ErrForeign, text)
	}
	return n, nil
}
