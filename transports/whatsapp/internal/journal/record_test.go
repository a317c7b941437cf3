package journal

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Whatever a store returns, it is read or refused, and what is read can be written and read again.
func FuzzStoredValues(f *testing.F) {
	value := segmentHeader(mark{1, 2, 3})
	for _, r := range []record{
		{op: opOpen, item: Item{Class: Message, ID: "wamid.1", Data: []byte("{}")}, order: 300},
		{op: opBegin, item: Item{Class: Message, ID: "wamid.1"}},
		{op: opSettle, item: Item{Class: Call, ID: "wacid.1"}},
		{op: opOpen, item: Item{Class: Message, ID: "x", Begun: true}},
	} {
		value = appendRecord(value, r)
	}
	f.Add(value)
	f.Add(value[:len(value)-5])
	f.Add((&block{hashes: []uint64{1, 2}}).encode())
	f.Add(checkpoint{Epoch: "e", First: 3, Garbage: 1}.encode())
	f.Fuzz(func(t *testing.T, v []byte) {
		m, records, err := readSegment(v)
		if err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("segment: %v", err)
		}
		again := segmentHeader(m)
		for _, r := range records {
			again = appendRecord(again, r)
		}
		_, twice, err := readSegment(again)
		if err != nil || !cmp.Equal(records, twice, cmp.AllowUnexported(record{})) {
			t.Errorf("written again: %v, %v", twice, err)
		}
		if b, err := readBlock(v); err == nil {
			if !bytes.Equal(b.encode(), v) {
				t.Error("a block is not what it was")
			}
		} else if !errors.Is(err, ErrDamaged) {
			t.Errorf("block: %v", err)
		}
		if _, err := readCheckpoint(v); err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("checkpoint: %v", err)
		}
	})
}
