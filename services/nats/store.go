package nats

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/internal/remote"
)

// operationHeader tells a note that a key was removed from a value.
const operationHeader = "KV-Operation"

// Store is a services.Store in a bucket. It is safe for concurrent use. A value that is larger than what the server takes in
// one message, a million bytes by default, is kept in parts, up to 64 MB.
type Store struct {
	conn   *natsgo.Conn
	calls  *remote.Calls
	ended  chan struct{} // closed when the connection is down for good
	bucket string
	single bool   // the bucket had no replicas when it was opened
	server string // for errors; without passwords
	denied atomic.Bool
	large  large
	log    *slog.Logger
}

var (
	_ services.Store  = (*Store)(nil)
	_ services.Shared = (*Store)(nil)
)

// Get returns the value and its revision, or services.ErrNotFound.
func (s *Store) Get(ctx context.Context, key string) (value []byte, revision uint64, err error) {
	subject, err := s.subject(key)
	if err != nil {
		return nil, 0, err
	}
	var seen uint64
	for range rereads {
		var e entry
		err = s.calls.Do(ctx, func(ctx context.Context) (err error) {
			e, err = s.latest(ctx, subject)
			return err
		}, passing)
		if err == nil && e.deleted {
			err = services.ErrNotFound
		}
		if err != nil {
			return nil, 0, s.explain(err)
		}
		s.large.note(subject, e.parts != nil)
		if e.parts == nil {
			return e.value, e.revision, nil
		}
		value, err = s.getParts(ctx, subject, *e.parts)
		if err == nil {
			return value, e.revision, nil
		}
		if !errors.Is(err, services.ErrNotFound) {
			return nil, 0, s.explain(err)
		}
		if e.revision == seen {
			break // nobody has written it meanwhile
		}
		seen = e.revision
	}
	return nil, 0, fmt.Errorf("%w: parts of a value are not there", ErrAnswer)
}

// Put writes the value if the key is still at the given revision, or returns services.ErrConflict. The server has
// stored the value when it returns. After any other error it is not known whether it has.
func (s *Store) Put(ctx context.Context, key string, value []byte, revision uint64) (next uint64, err error) {
	subject, err := s.subject(key)
	if err != nil {
		return 0, err
	}
	switch {
	case len(value) > maxValue:
		return 0, fmt.Errorf("%w: %d bytes; %d are the most", ErrTooLarge, len(value), maxValue)
	case len(value) > s.partSize():
		next, err = s.putParts(ctx, subject, value, revision)
	default:
		next, err = s.put(ctx, write{subject: subject, value: value, wanted: revision, expected: revision})
		if err == nil && s.large.note(subject, false) {
			s.removeParts(ctx, partsOf(subject)+".>", 0)
		}
	}
	if err != nil {
		if errors.Is(err, natsgo.ErrMaxPayload) || hasCode(err, codeTooLarge) {
			return 0, fmt.Errorf("%w: %d bytes; %s takes messages of %d with their headers, and the bucket has a lower limit: raise it",
				ErrTooLarge, len(value), s.server, s.conn.MaxPayload())
		}
		return 0, s.explain(err)
	}
	return next, nil
}

// put writes one message.
func (s *Store) put(ctx context.Context, w write) (next uint64, err error) {
	w.mark = rand.Text()
	err = s.calls.Do(ctx, func(ctx context.Context) (err error) {
		next, err = s.write(ctx, &w)
		return err
	}, passing)
	return next, err
}

// Delete removes a key, without a trace in the bucket.
func (s *Store) Delete(ctx context.Context, key string) error {
	subject, err := s.subject(key)
	if err != nil {
		return err
	}
	err = s.purge(ctx, subject, 0)
	if err == nil && s.large.note(subject, false) {
		s.removeParts(ctx, partsOf(subject)+".>", 0)
	}
	return s.explain(err)
}

// Shared says that other processes use the same values.
func (s *Store) Shared() {}

// Close waits for the calls under way, which takes as long as one call at the most, and closes the connection.
// Closing twice is no error.
func (s *Store) Close() error {
	if s.calls.Close() {
		s.conn.Close()
	}
	<-s.ended
	return nil
}

func (s *Store) stream() string { return "KV_" + s.bucket }

func (s *Store) subject(key string) (string, error) {
	name, err := escape(key)
	return "$KV." + s.bucket + "." + name, err
}

// latest asks the stream's leader: other servers of a cluster may be behind.
func (s *Store) latest(ctx context.Context, subject string) (entry, error) {
	request, err := json.Marshal(map[string]string{"last_by_subj": subject})
	if err != nil {
		return entry{}, err
	}
	a, err := s.ask(ctx, &natsgo.Msg{Subject: "$JS.API.STREAM.MSG.GET." + s.stream(), Data: request})
	switch {
	case hasCode(err, codeNoMessage):
		return entry{}, services.ErrNotFound
	case err != nil:
		return entry{}, err
	case a.Message == nil:
		return entry{}, fmt.Errorf("%w: neither a value nor an error", ErrAnswer)
	}
	return a.Message.parse()
}

// write is one Put over all its attempts.
type write struct {
	subject  string
	value    []byte
	parts    string // where the value is instead; "" if it is here
	mark     string
	wanted   uint64 // the revision that the caller gave
	expected uint64 // the sequence that the stream must be at: that of a removal if the caller wants none
	attempts int
}

func (s *Store) write(ctx context.Context, w *write) (uint64, error) {
	w.attempts++
	m := &natsgo.Msg{Subject: w.subject, Data: w.value, Header: natsgo.Header{
		jetstream.ExpectedStreamHeader:      {s.stream()},
		jetstream.ExpectedLastSubjSeqHeader: {strconv.FormatUint(w.expected, 10)},
		jetstream.MsgIDHeader:               {w.mark},
	}}
	if w.parts != "" {
		m.Header.Set(partsHeader, w.parts)
	}
	a, err := s.ask(ctx, m)
	switch {
	case hasCode(err, codeStale) && w.attempts == 1 && w.wanted != 0:
		return 0, services.ErrConflict // the ordinary case, with nothing to find out
	case hasCode(err, codeStale, codeInHand):
		return s.settle(ctx, w)
	case hasCode(err, codeMarkInHand):
		return 0, errUnsettled // an earlier attempt of ours
	case err != nil:
		return 0, err
	case a.Sequence == 0 || a.Stream != s.stream():
		return 0, fmt.Errorf("%w: a value was written without a sequence", ErrAnswer)
	}
	return a.Sequence, nil
}

// settle finds out why a write was turned down.
func (s *Store) settle(ctx context.Context, w *write) (uint64, error) {
	now, err := s.latest(ctx, w.subject)
	if err != nil && !errors.Is(err, services.ErrNotFound) {
		return 0, err
	}
	if w.attempts > 1 && s.single {
		done, err := s.done(ctx, w)
		if err != nil || done != 0 {
			return done, err
		}
	}
	switch {
	case w.wanted == 0 && now.deleted && now.revision != w.expected:
		w.expected = now.revision // the key is free: write over the note that says so
		return 0, errUnsettled
	case w.wanted == 0 && now.revision == 0 && w.expected != 0:
		w.expected = 0 // that note is gone
		return 0, errUnsettled
	case now.revision == w.expected:
		// The leader has a write of this key in hand. It may be ours, or be about to fail, or be done by now: a
		// cluster's leader forgets it a moment after its answer.
		return 0, errUnsettled
	}
	return 0, services.ErrConflict
}

// done finds out whether an earlier attempt has come through and its answer has not, even if the key was changed
// since. It sends the write again in a way that can change nothing: a server that has seen its mark in the last two
// minutes says where, and any other finds the condition wrong, which it looks at after the mark. Only a bucket
// without replicas needs that: a cluster looks at the mark before anything else, whenever a write comes again.
func (s *Store) done(ctx context.Context, w *write) (uint64, error) {
	a, err := s.ask(ctx, &natsgo.Msg{Subject: w.subject, Header: natsgo.Header{
		jetstream.ExpectedStreamHeader:    {s.stream()},
		jetstream.MsgIDHeader:             {w.mark},
		jetstream.ExpectedLastMsgIDHeader: {"none-" + w.mark},
	}})
	switch {
	case hasCode(err, codeWrongLastID):
		return 0, nil
	case err != nil:
		return 0, err
	case !a.Duplicate || a.Sequence == 0:
		return 0, fmt.Errorf("%w: a write that could not be was taken", ErrAnswer)
	}
	return a.Sequence, nil
}
