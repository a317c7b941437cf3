package wal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// ID names a session: the time from the creation of a pair of logs to their removal. It is random.
type ID [16]byte

const (
	fileMagic = "parley.log.1\r\n\x00\xff"
	fileBytes = 64 // the file's header

	groupMagic = "\xb7PL\x1e"
	groupBytes = 48 // a group's header
)

// castagnoli is a table of constants, which crc32 makes once.
func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func (id ID) checksum(b []byte) uint32 {
	table := castagnoli()
	return crc32.Update(crc32.Checksum(id[:], table), table, b)
}

// appendFileHeader appends the header of a file of a size.
func appendFileHeader(b []byte, id ID, size int64) []byte {
	start := len(b)
	b = append(b, fileMagic...)
	b = append(b, id[:]...)
	b = binary.LittleEndian.AppendUint64(b, uint64(size))
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli()))
	return append(b, make([]byte, fileBytes-len(b)+start)...)
}

// checkFileHeader tells whether a file is the log of a session and has all its bytes.
func checkFileHeader(data []byte, id ID) error {
	if len(data) == 0 {
		return ErrEmpty
	}
	if len(data) < fileBytes {
		return fmt.Errorf("%w: it has %d bytes", ErrDamaged, len(data))
	}
	var owner ID
	copy(owner[:], data[len(fileMagic):])
	size := binary.LittleEndian.Uint64(data[len(fileMagic)+len(owner):])
	if !bytes.Equal(data[:fileBytes], appendFileHeader(nil, owner, int64(size))) {
		return fmt.Errorf("%w: its header cannot be read", ErrDamaged)
	}
	if owner != id {
		if len(bytes.Trim(data[fileBytes:], "\x00")) == 0 {
			return ErrUnused
		}
		return ErrForeign
	}
	if uint64(len(data)) < size {
		return fmt.Errorf("%w: it has %d bytes of %d", ErrDamaged, len(data), size)
	}
	return nil
}

// groupHeader is what is told of a group.
type groupHeader struct {
	body          uint32 // checksum of the records
	length        uint32 // of the records, in bytes
	epoch, number uint64
	before        uint64 // groups in the epoch before
	records       uint32
}

// put writes the header to the first bytes of b.
func (h groupHeader) put(b []byte, id ID) {
	copy(b, groupMagic)
	binary.LittleEndian.PutUint32(b[8:], h.body)
	binary.LittleEndian.PutUint32(b[12:], h.length)
	binary.LittleEndian.PutUint64(b[16:], h.epoch)
	binary.LittleEndian.PutUint64(b[24:], h.number)
	binary.LittleEndian.PutUint64(b[32:], h.before)
	binary.LittleEndian.PutUint32(b[40:], h.records)
	binary.LittleEndian.PutUint32(b[44:], 0)
	binary.LittleEndian.PutUint32(b[4:], id.checksum(b[8:groupBytes]))
}

// groupAt reads the header of the group at the start of b, and its records, if both check.
func groupAt(b []byte, id ID) (h groupHeader, records []byte, ok bool) {
	if len(b) < groupBytes || string(b[:4]) != groupMagic || binary.LittleEndian.Uint32(b[4:]) != id.checksum(b[8:groupBytes]) {
		return h, nil, false
	}
	h = groupHeader{
		body: binary.LittleEndian.Uint32(b[8:]), length: binary.LittleEndian.Uint32(b[12:]),
		epoch: binary.LittleEndian.Uint64(b[16:]), number: binary.LittleEndian.Uint64(b[24:]),
		before: binary.LittleEndian.Uint64(b[32:]), records: binary.LittleEndian.Uint32(b[40:]),
	}
	b = b[groupBytes:]
	if uint64(len(b)) < uint64(h.length) || id.checksum(b[:h.length]) != h.body {
		return h, nil, false
	}
	return h, b[:h.length], true
}
