package ogg

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
)

// pageSamples is how much audio a page gets at most, at 48 kHz: one second, as in RFC 7845, section 6.
const pageSamples = 48000

// maxPacketSamples is the longest packet that Opus has: 120 ms.
const maxPacketSamples = 5760

// Writer writes an Ogg file with one Opus stream. It is for one goroutine at a time, and does not close what it
// writes to.
type Writer struct {
	w       io.Writer
	page    page // waits, for the last one must be marked
	samples int  // in it
	buf     []byte
	err     error
	closed  bool
}

// WriterOption changes how a Writer works.
type WriterOption func(*Writer)

// WithSerial sets the number of the stream. By default it is random, as it must be for files that are joined.
func WithSerial(serial uint32) WriterOption { return func(w *Writer) { w.page.serial = serial } }

// NewWriter writes the headers of a file. The head's Mapping and Streams are not used: it is one stream of one or two
// channels.
func NewWriter(w io.Writer, h Head, opts ...WriterOption) (*Writer, error) {
	switch {
	case h.Channels != 1 && h.Channels != 2:
		return nil, fmt.Errorf("%w: %d channels cannot be written, only 1 and 2", ErrOgg, h.Channels)
	case h.PreSkip < 0 || h.PreSkip > math.MaxUint16:
		return nil, fmt.Errorf("%w: %d samples to skip are not within 0 to %d", ErrOgg, h.PreSkip, math.MaxUint16)
	case h.InputRate < 0 || int64(h.InputRate) > math.MaxUint32:
		return nil, fmt.Errorf("%w: the rate %d Hz cannot be written", ErrOgg, h.InputRate)
	case h.Gain < math.MinInt16 || h.Gain > math.MaxInt16:
		return nil, fmt.Errorf("%w: the gain %d/256 dB is not within -128 dB to 128 dB", ErrOgg, h.Gain)
	}
	o := &Writer{w: w, page: page{serial: rand.Uint32()}}
	for _, opt := range opts {
		opt(o)
	}
	o.page.flags = flagFirst
	for _, packet := range [][]byte{h.bytes(), tags("Parley")} { // each has a page of its own
		o.page.lace(packet)
		if err := o.flush(); err != nil {
			return nil, err
		}
	}
	return o, nil
}

// WritePacket adds a packet that lasts so many samples at 48 kHz: 960 are 20 ms. It does not keep the slice.
func (o *Writer) WritePacket(packet []byte, samples int) error {
	switch {
	case o.err != nil:
		return o.err
	case o.closed:
		return fmt.Errorf("%w: the file was closed", ErrPacket)
	case len(packet) == 0 || len(packet) > MaxPacketBytes:
		return fmt.Errorf("%w: it has %d bytes, want 1 to %d", ErrPacket, len(packet), MaxPacketBytes)
	case samples <= 0 || samples > maxPacketSamples:
		return fmt.Errorf("%w: it lasts %d samples at 48 kHz, want 1 to %d", ErrPacket, samples, maxPacketSamples)
	}
	segments := len(packet)/maxSegment + 1
	if o.samples+samples > pageSamples || len(o.page.lacing)+segments > maxSegments {
		if err := o.flush(); err != nil {
			return err
		}
	}
	o.page.lace(packet)
	o.page.granule += int64(samples)
	o.samples += samples
	return nil
}

// Close writes the end of the file. So many samples at 48 kHz at the end of the last packets are padding, and players
// leave them out; 0 if there are none.
func (o *Writer) Close(padding int) error {
	if o.closed {
		return o.err
	}
	o.closed = true
	if o.err != nil {
		return o.err
	}
	if padding < 0 || int64(padding) > o.page.granule {
		return fmt.Errorf("%w: %d samples of padding in %d", ErrPacket, padding, o.page.granule)
	}
	o.page.flags |= flagLast
	o.page.granule -= int64(padding)
	return o.flush()
}

// flush writes the page and begins the next one.
func (o *Writer) flush() error {
	o.buf = o.page.append(o.buf[:0])
	if _, err := o.w.Write(o.buf); err != nil {
		o.err = fmt.Errorf("ogg: write: %w", err)
		return o.err
	}
	o.page.sequence++
	o.page.flags = 0
	o.page.lacing, o.page.body, o.samples = o.page.lacing[:0], o.page.body[:0], 0
	return nil
}
