package nats

import (
	"context"
	"errors"
	"fmt"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/internal/remote"
)

var (
	// ErrUnavailable means that no server could be reached, or that none could serve, until the call's deadline.
	ErrUnavailable = errors.New("nats: the server is not available")
	// ErrRefused means that the server does not let this user in, or not do what the store needs.
	ErrRefused = errors.New("nats: the server refuses this user")
	// ErrBucket means that the bucket cannot be used as it is.
	ErrBucket = errors.New("nats: the bucket cannot be used")
	// ErrTooLarge is returned by Put for a value that the server does not take.
	ErrTooLarge = errors.New("nats: the value is too large")
	// ErrKeyTooLong is returned for keys that do not fit into a subject.
	ErrKeyTooLong = errors.New("nats: the key is too long")
	// ErrAnswer means that the server's answer could not be read.
	ErrAnswer = errors.New("nats: the server's answer cannot be read")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("nats: the store is closed")
	// ErrEmptyKey is returned for the key "", which no store takes.
	ErrEmptyKey = errors.New("nats: empty key")
)

// errUnsettled means that the servers are still busy with another write of the key.
var errUnsettled = errors.New("another write of this key is not settled yet")

// The error codes of JetStream that the store has to know.
const (
	codeNoMessage   = jetstream.JSErrCodeMessageNotFound
	codeWrongLastID = jetstream.ErrorCode(10070) // nats.go has no name for it
	codeMarkInHand  = jetstream.ErrorCode(10158) // nor for this
	codeNoStream    = jetstream.JSErrCodeStreamNotFound
	codeTooLarge    = jetstream.JSErrCodeStreamMessageExceedsMaximum
	codeStale       = jetstream.JSErrCodeStreamWrongLastSequence
	codeInHand      = jetstream.JSErrCodeStreamWrongLastSequenceConstant // of replicated buckets
)

func hasCode(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}

// passing tells failures that end by themselves: the connection comes back, a leader is chosen.
func passing(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503 || api.Code == 408
	}
	for _, e := range []error{
		errUnsettled, natsgo.ErrNoResponders, natsgo.ErrReconnectBufExceeded, natsgo.ErrConnectionReconnecting,
		natsgo.ErrDisconnected, natsgo.ErrStaleConnection, natsgo.ErrTimeout,
	} {
		if errors.Is(err, e) {
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
		errors.Is(err, ErrAnswer), errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, remote.ErrClosed):
		return ErrClosed
	case errors.As(err, &away):
		if s.denied.Load() {
			return s.refused()
		}
		return fmt.Errorf("%w: %s: %w; start it with JetStream (nats-server -js), or check the URL", ErrUnavailable, s.server, away)
	case hasCode(err, codeNoStream):
		return fmt.Errorf("%w: %q is gone from %s; restart to create it anew", ErrBucket, s.bucket, s.server)
	}
	return fmt.Errorf("nats: %s, bucket %q: %w", s.server, s.bucket, err)
}

func (s *Store) refused() error {
	return fmt.Errorf("%w: %s: it needs permission to publish to $JS.API.> and $KV.%s.>", ErrRefused, s.server, s.bucket)
}
