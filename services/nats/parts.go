package nats

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"sync"

	natsgo "github.com/nats-io/nats.go"

	"github.com/parley-voice/parley/services"
)

const (
	// partsHeader tells a value that is kept in parts, and which: "MARK COUNT BYTES".
	partsHeader = "Parley-Parts"
	// maxValue is the largest value that is taken, in bytes.
	maxValue = 64 << 20
	// overhead is what the headers of a message may take of the server's max_payload.
	overhead = 1024
	// rereads is how often a value is read again whose parts vanish meanwhile, since somebody writes it anew.
	rereads = 100
)

// parts says where a value is that does not fit into one message. Each part is written before the value is, under a
// name that is written once, so whoever reads the value reads it whole.
type parts struct {
	mark  string
	count int
	bytes int
}

func (p parts) header() string { return fmt.Sprintf("%s %d %d", p.mark, p.count, p.bytes) }

var partsForm = regexp.MustCompile(`^([A-Z0-9]{1,64}) ([0-9]{1,9}) ([0-9]{1,9})$`)

func parseParts(header string) (*parts, error) {
	if header == "" {
		return nil, nil
	}
	m := partsForm.FindStringSubmatch(header)
	if m == nil {
		return nil, fmt.Errorf("%w: %s is %.100q", ErrAnswer, partsHeader, header)
	}
	p := &parts{mark: m[1]}
	p.count, _ = strconv.Atoi(m[2]) // digits, and few of them
	p.bytes, _ = strconv.Atoi(m[3])
	if p.count == 0 || p.bytes > maxValue || p.count > p.bytes {
		return nil, fmt.Errorf("%w: %s is %q", ErrAnswer, partsHeader, header)
	}
	return p, nil
}

// partsOf are the subjects of all parts that a value has had. No escaped key has the letters "=p".
func partsOf(subject string) string { return subject + "=parts" }

func (p parts) subject(of string, n int) string {
	return partsOf(of) + "." + p.mark + "." + strconv.Itoa(n)
}

// large remembers which keys have values in parts, as far as this store has seen them: the parts are removed with the
// next change. Whoever changes a value has read or written it before. It is safe for concurrent use.
type large struct {
	mu   sync.Mutex
	keys map[string]bool
}

func (l *large) note(subject string, is bool) (was bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was = l.keys[subject]
	switch {
	case is && l.keys == nil:
		l.keys = map[string]bool{subject: true}
	case is:
		l.keys[subject] = true
	default:
		delete(l.keys, subject)
	}
	return was
}

// partSize is how many bytes go into one message.
func (s *Store) partSize() int {
	most := int(s.conn.MaxPayload())
	return max(most-overhead, most/2, 1)
}

// putParts writes a value that needs several messages: the parts first, then what points to them.
func (s *Store) putParts(ctx context.Context, subject string, value []byte, revision uint64) (next uint64, err error) {
	size := s.partSize()
	p := parts{mark: rand.Text(), count: (len(value) + size - 1) / size, bytes: len(value)}
	var first uint64 // where the first part is in the stream
	for n := range p.count {
		part := value[n*size : min((n+1)*size, len(value))]
		at, err := s.put(ctx, write{subject: p.subject(subject, n), value: part})
		if err != nil {
			s.removeParts(ctx, partsOf(subject)+"."+p.mark+".>", 0)
			return 0, fmt.Errorf("part %d of %d: %w", n+1, p.count, err)
		}
		if n == 0 {
			first = at
		}
	}
	next, err = s.put(ctx, write{subject: subject, parts: p.header(), wanted: revision, expected: revision})
	switch {
	case err == nil:
		s.large.note(subject, true)
		s.removeParts(ctx, partsOf(subject)+".>", first) // of the value that it replaces
	case errors.Is(err, services.ErrConflict):
		s.removeParts(ctx, partsOf(subject)+"."+p.mark+".>", 0)
	}
	return next, err
}

// getParts reads the parts of a value. It returns services.ErrNotFound if one of them is gone.
func (s *Store) getParts(ctx context.Context, subject string, p parts) ([]byte, error) {
	value := make([]byte, 0, p.bytes)
	for n := range p.count {
		var e entry
		err := s.calls.Do(ctx, func(ctx context.Context) (err error) {
			e, err = s.latest(ctx, p.subject(subject, n))
			return err
		}, passing)
		if err != nil {
			return nil, err
		}
		if len(value)+len(e.value) > p.bytes {
			return nil, fmt.Errorf("%w: the parts of a value have more than its %d bytes", ErrAnswer, p.bytes)
		}
		value = append(value, e.value...)
	}
	if len(value) != p.bytes {
		return nil, fmt.Errorf("%w: the parts of a value have %d bytes instead of %d", ErrAnswer, len(value), p.bytes)
	}
	return value, nil
}

// removeParts removes parts that nothing points to any more, all or those before a place in the stream. If that fails,
// they take room until the value is written in parts again, or deleted.
func (s *Store) removeParts(ctx context.Context, filter string, before uint64) {
	if err := s.purge(context.WithoutCancel(ctx), filter, before); err != nil {
		s.log.Warn("nats: parts of an old value could not be removed", "server", s.server, "bucket", s.bucket, "err", err)
	}
}

// purge removes what is kept under some subjects, without a trace.
func (s *Store) purge(ctx context.Context, filter string, before uint64) error {
	request, err := json.Marshal(struct {
		Filter string `json:"filter"`
		Before uint64 `json:"seq,omitempty"`
	}{filter, before})
	if err != nil {
		return err
	}
	return s.calls.Do(ctx, func(ctx context.Context) error {
		a, err := s.ask(ctx, &natsgo.Msg{Subject: "$JS.API.STREAM.PURGE." + s.stream(), Data: request})
		if err == nil && !a.Success {
			err = fmt.Errorf("%w: a key was neither removed nor kept", ErrAnswer)
		}
		return err
	}, passing)
}
