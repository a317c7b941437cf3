package ogg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The flags of a page.
const (
	flagContinued = 1 << iota // its first segment goes on with a packet of the page before
	flagFirst                 // a stream begins
	flagLast                  // a stream ends
)

const (
	capture     = "OggS"
	headerBytes = 27
	maxSegments = 255
	maxSegment  = 255
)

// page is one page of a file. Its slices are used again for the next one.
type page struct {
	flags    byte
	granule  int64 // samples at 48 kHz up to the end of its last packet; -1 if no packet ends in it
	serial   uint32
	sequence uint32
	lacing   []byte // the sizes of its segments; one below 255 ends a packet
	body     []byte
}

func (p *page) is(flag byte) bool { return p.flags&flag != 0 }

// read reads the next page. At the end of the file it is io.EOF; within a page, ErrTruncated.
func (p *page) read(r io.Reader) error {
	var head [headerBytes]byte
	if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
		return io.EOF
	} else if err != nil {
		return readError(err)
	}
	if string(head[:4]) != capture || head[4] != 0 {
		return fmt.Errorf("%w: a page begins with %q, want %q", ErrOgg, head[:5], capture+"\x00")
	}
	p.flags = head[5]
	p.granule = int64(binary.LittleEndian.Uint64(head[6:]))
	p.serial = binary.LittleEndian.Uint32(head[14:])
	p.sequence = binary.LittleEndian.Uint32(head[18:])
	p.lacing = grow(p.lacing, int(head[26]))
	if _, err := io.ReadFull(r, p.lacing); err != nil {
		return readError(err)
	}
	size := 0
	for _, n := range p.lacing {
		size += int(n)
	}
	p.body = grow(p.body, size) // at most 65,025 bytes
	if _, err := io.ReadFull(r, p.body); err != nil {
		return readError(err)
	}
	want := binary.LittleEndian.Uint32(head[22:])
	clear(head[22:26])
	if got := crc(crc(crc(0, head[:]), p.lacing), p.body); got != want {
		return fmt.Errorf("%w: the sum of page %d is %08x, want %08x: it was damaged", ErrOgg, p.sequence, got, want)
	}
	return nil
}

// append adds the bytes of the page to b.
func (p *page) append(b []byte) []byte {
	begin := len(b)
	b = append(b, capture...)
	b = append(b, 0, p.flags)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.granule))
	b = binary.LittleEndian.AppendUint32(b, p.serial)
	b = binary.LittleEndian.AppendUint32(b, p.sequence)
	b = append(b, 0, 0, 0, 0, byte(len(p.lacing)))
	b = append(b, p.lacing...)
	b = append(b, p.body...)
	binary.LittleEndian.PutUint32(b[begin+22:], crc(0, b[begin:]))
	return b
}

// lace adds a whole packet; there must be room for it.
func (p *page) lace(packet []byte) {
	n := len(packet)
	for ; n >= maxSegment; n -= maxSegment {
		p.lacing = append(p.lacing, maxSegment)
	}
	p.lacing = append(p.lacing, byte(n))
	p.body = append(p.body, packet...)
}

// starts reports whether the page's body begins with a word.
func (p *page) starts(with string) bool { return bytes.HasPrefix(p.body, []byte(with)) }

func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}

// readError tells a file that ends too early from one that cannot be read.
func readError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends within a page", ErrTruncated)
	}
	return fmt.Errorf("ogg: read: %w", err)
}
