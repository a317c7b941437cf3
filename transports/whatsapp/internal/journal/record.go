package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// What a record says.
const (
	opOpen   byte = 'o'
	opBegin  byte = 'b'
	opSettle byte = 's'
	opRevoke byte = 'r'
)

// record is one fact in a segment.
type record struct {
	op   byte
	item Item // for all but opOpen class and id alone
	// order is the item's place in the order of acceptance, for opOpen: an item may be written again, behind later ones.
	// Records of before there was one have 0.
	order uint64
}

// A segment is its magic, the mark of the process that wrote it, and records: each has its length, its checksum and
// its bytes, so that damage is confined.
var segmentMagic = []byte("PJ1\n")

const markBytes = 8

// mark tells the processes apart that write under one node's name.
type mark [markBytes]byte

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func segmentHeader(m mark) []byte { return append(bytes.Clone(segmentMagic), m[:]...) }

// appendRecord adds a record to a segment.
func appendRecord(b []byte, r record) []byte {
	body := make([]byte, 0, 24+len(r.item.ID)+len(r.item.Data))
	body = append(body, r.op, byte(r.item.Class), r.flags())
	if r.order > 0 {
		body = binary.AppendUvarint(body, r.order)
	}
	body = binary.AppendUvarint(body, uint64(len(r.item.ID)))
	body = append(body, r.item.ID...)
	body = append(body, r.item.Data...)
	b = binary.AppendUvarint(b, uint64(len(body)))
	b = binary.BigEndian.AppendUint32(b, crc32.Checksum(body, castagnoli))
	return append(b, body...)
}

// What a record's flags say.
const (
	flagBegun   = 1
	flagOrdered = 2 // its order follows
)

func (r record) flags() (f byte) {
	if r.item.Begun {
		f |= flagBegun
	}
	if r.order > 0 {
		f |= flagOrdered
	}
	return f
}

// recordSize is about how many bytes a record takes in a segment.
func recordSize(i Item) int { return len(i.ID) + len(i.Data) + 16 }

// readSegment takes a segment apart. With an error, which wraps ErrDamaged, come the records that could be read all
// the same.
func readSegment(value []byte) (m mark, records []record, err error) {
	rest, ok := bytes.CutPrefix(value, segmentMagic)
	if !ok || len(rest) < markBytes {
		return m, nil, fmt.Errorf("%w: it does not begin as a segment does", ErrDamaged)
	}
	rest = rest[copy(m[:], rest):]
	var faults []error
	for n := 1; len(rest) > 0; n++ {
		size, used := binary.Uvarint(rest)
		if used <= 0 || len(rest)-used < 4 || size > uint64(len(rest)-used-4) {
			faults = append(faults, fmt.Errorf("%w: record %d and all after it, %d bytes, are lost", ErrDamaged, n, len(rest)))
			break
		}
		sum, body := binary.BigEndian.Uint32(rest[used:]), rest[used+4:used+4+int(size)]
		rest = rest[used+4+int(size):]
		r, ok := readRecord(body)
		if !ok || crc32.Checksum(body, castagnoli) != sum {
			faults = append(faults, fmt.Errorf("%w: record %d, %d bytes, is lost", ErrDamaged, n, size))
			continue
		}
		records = append(records, r)
	}
	return m, records, errors.Join(faults...)
}

func readRecord(body []byte) (r record, ok bool) {
	if len(body) < 4 {
		return r, false
	}
	r.op, r.item.Class, r.item.Begun = body[0], Class(body[1]), body[2]&flagBegun != 0
	rest := body[3:]
	if body[2]&flagOrdered != 0 {
		order, used := binary.Uvarint(rest)
		if used <= 0 {
			return r, false
		}
		r.order, rest = order, rest[used:]
	}
	size, used := binary.Uvarint(rest)
	rest = rest[max(used, 0):]
	if used <= 0 || size == 0 || size > uint64(len(rest)) {
		return r, false
	}
	r.item.ID = string(rest[:size])
	if data := rest[size:]; len(data) > 0 {
		r.item.Data = bytes.Clone(data)
	}
	return r, r.op == opOpen || r.op == opBegin || r.op == opSettle || r.op == opRevoke
}
