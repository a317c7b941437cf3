package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	goredis "github.com/redis/go-redis/v9"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/internal/remote"
)

var (
	// ErrUnavailable means that the server could not be reached, or could not serve, until the call's deadline.
	ErrUnavailable = errors.New("redis: the server is not available")
	// ErrRefused means that the server does not let this user in, or not do what the store needs.
	ErrRefused = errors.New("redis: the server refuses this user")
	// ErrTooLarge is returned by Put for a value that no Redis server takes.
	ErrTooLarge = errors.New("redis: the value is too large")
	// ErrForeign means that a key in Redis is not a value of this store.
	ErrForeign = errors.New("redis: a key was written by something else")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("redis: the store is closed")
	// ErrEmptyKey is returned for the key "", which no store takes.
	ErrEmptyKey = errors.New("redis: empty key")
)

// passing tells failures that end by themselves: the connection comes back, the server has loaded its data, a
// replica becomes the master.
func passing(err error) bool {
	var network net.Error
	if errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, goredis.ErrPoolTimeout) {
		return true
	}
	for _, prefix := range []string{
		"LOADING", "READONLY", "MASTERDOWN", "NOREPLICAS", "BUSY ", "TRYAGAIN", "max number of clients reached",
	} {
		if goredis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

func refused(err error) bool {
	for _, prefix := range []string{"NOAUTH", "WRONGPASS", "NOPERM", "invalid password", "AUTH "} {
		if goredis.HasErrorPrefix(err, prefix) {
			return true
		}
	}
	return false
}

// explain makes errors the package's own, says what to do, and lets the contract's and the context's pass.
func (s *Store) explain(err error) error {
	var away *remote.Away
	switch {
	case err == nil, errors.Is(err, services.ErrNotFound), errors.Is(err, services.ErrConflict),
		errors.Is(err, ErrForeign), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, remote.ErrClosed):
		return ErrClosed
	case errors.As(err, &away):
		return fmt.Errorf("%w: %s: %w; start it, or check the URL", ErrUnavailable, s.server, away)
	case refused(err):
		return fmt.Errorf("%w: %s: %w; check the user and password in the URL, and what the user may do", ErrRefused, s.server, err)
	case goredis.HasErrorPrefix(err, "WRONGTYPE"):
		return fmt.Errorf("%w: on %s: %w; use another prefix", ErrForeign, s.server, err)
	}
	return fmt.Errorf("redis: %s: %w", s.server, err)
}
