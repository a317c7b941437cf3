package nats

import (
	"context"
	"encoding/json"
	"fmt"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// answer is what JetStream says to the three requests that a store makes: write, read the latest, and purge.
type answer struct {
	Error    *jetstream.APIError `json:"error"`
	Stream   string              `json:"stream"` // of a write
	Sequence uint64              `json:"seq"`    // of a write
	// Duplicate says that a write with the same mark has been stored before, at Sequence.
	Duplicate bool     `json:"duplicate"`
	Message   *message `json:"message"` // of a read
	Success   bool     `json:"success"` // of a purge
}

// message is a value as the stream keeps it.
type message struct {
	Sequence uint64 `json:"seq"`
	Header   []byte `json:"hdrs"`
	Data     []byte `json:"data"`
}

// entry is a message that was understood.
type entry struct {
	value    []byte
	parts    *parts // where the value is instead; nil if it is here
	revision uint64
	deleted  bool // a note that the key was removed, as other clients of a bucket leave
}

func (s *Store) ask(ctx context.Context, m *natsgo.Msg) (*answer, error) {
	reply, err := s.conn.RequestMsgWithContext(ctx, m)
	if err != nil {
		return nil, err
	}
	return parseAnswer(reply.Data)
}

func parseAnswer(data []byte) (*answer, error) {
	a := &answer{}
	if err := json.Unmarshal(data, a); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	if a.Error != nil {
		return nil, a.Error
	}
	return a, nil
}

func (m *message) parse() (entry, error) {
	e := entry{value: m.Data, revision: m.Sequence}
	if e.revision == 0 {
		return entry{}, fmt.Errorf("%w: a value without a sequence", ErrAnswer)
	}
	if len(m.Header) == 0 {
		return e, nil
	}
	h, err := natsgo.DecodeHeadersMsg(m.Header)
	if err != nil {
		return entry{}, fmt.Errorf("%w: %w", ErrAnswer, err)
	}
	e.deleted = h.Get(operationHeader) != "" || h.Get(jetstream.MarkerReasonHeader) != ""
	if e.parts, err = parseParts(h.Get(partsHeader)); err != nil {
		return entry{}, err
	}
	return e, nil
}
