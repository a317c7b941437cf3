package ogg

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// MaxPacketBytes is the longest packet that is read or written: what RFC 7845, section 6 asks readers to bear.
const MaxPacketBytes = 61440

// NoGranule says that it is not known where a packet ends.
const NoGranule = -1

// Packet is one Opus packet of a file.
type Packet struct {
	// Data is valid until the next call of Next. It is empty in one case: the stream ends with a page that has no
	// packet and only tells where the audio ends.
	Data []byte
	// Granule is the number of samples at 48 kHz, those to skip included, up to the end of this packet, or less if
	// the rest of it is padding. It is known for the last packet of each page, and else NoGranule.
	Granule int64
	// Last marks the end of a stream. There may be another one behind it.
	Last bool
	// Link counts the streams of a file that was joined of several, from 0.
	Link int
}

// Reader reads the packets of an Ogg file with Opus. It is for one goroutine at a time.
type Reader struct {
	r       *bufio.Reader
	head    Head
	serial  uint32
	link    int
	page    page
	segment int  // the next one in the page
	offset  int  // where it begins in the page's body
	usable  bool // the page holds packets that were not handed out
	begun   bool // a page of packets was seen in this link
	ended   bool // the link's last page was seen
	told    bool // the link's last packet was handed out
	next    uint32
	packet  []byte
	pending bool // packet is the beginning of one that goes on in the next page
	broken  error
}

// NewReader reads up to the first packet of audio. It reads from r in larger pieces than it needs, and does not close it.
func NewReader(r io.Reader) (*Reader, error) {
	d := &Reader{r: bufio.NewReader(r)}
	found := ""
	for {
		err := d.page.read(d.r)
		switch {
		case errors.Is(err, io.EOF) && found == "":
			return nil, fmt.Errorf("%w: it is empty", ErrOgg)
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: %w, but %s", ErrOgg, ErrCodec, found)
		case err != nil:
			return nil, err
		case d.page.is(flagFirst) && d.page.starts(headWord):
			if err := d.begin(); err != nil {
				return nil, err
			}
			return d, nil
		case !d.page.is(flagFirst) && found == "":
			return nil, fmt.Errorf("%w: it begins in the middle of a stream", ErrOgg)
		case !d.page.is(flagFirst): // all streams begin before any goes on
			return nil, fmt.Errorf("%w: %w, but %s", ErrOgg, ErrCodec, found)
		}
		found = codecName(&d.page)
	}
}

// Head is the head of the stream that the last packet was of.
func (d *Reader) Head() Head { return d.head }

// Next returns the next packet. At the end it is io.EOF; a file that ends without the mark of its end gives io.EOF, too,
// if it ends between two pages, and else ErrTruncated. All errors are final.
func (d *Reader) Next() (Packet, error) {
	if d.broken != nil {
		return Packet{}, d.broken
	}
	p, err := d.advance()
	if err != nil {
		d.broken = err
	}
	return p, err
}

func (d *Reader) advance() (Packet, error) {
	for {
		if !d.usable {
			if err := d.turn(); err != nil {
				return Packet{}, err
			}
		}
		whole, err := d.collect()
		if err != nil {
			return Packet{}, err
		}
		d.usable = d.segment < len(d.page.lacing)
		p := Packet{Granule: NoGranule, Link: d.link}
		if whole {
			p.Data = d.packet
		}
		if !d.moreEnd() {
			p.Granule, p.Last = d.page.granule, d.ended && !d.told
		}
		if len(p.Data) > 0 || p.Last { // one without any bytes stands for one that was lost
			d.told = d.told || p.Last
			return p, nil
		}
	}
}

// collect adds segments to the packet until it is whole or the page is read.
func (d *Reader) collect() (whole bool, err error) {
	if !d.pending {
		d.packet = d.packet[:0]
	}
	for d.segment < len(d.page.lacing) {
		n := int(d.page.lacing[d.segment])
		if len(d.packet)+n > MaxPacketBytes {
			return false, fmt.Errorf("%w: a packet in page %d has more than %d bytes", ErrOgg, d.page.sequence, MaxPacketBytes)
		}
		d.packet = append(d.packet, d.page.body[d.offset:d.offset+n]...)
		d.segment++
		d.offset += n
		if n < maxSegment {
			d.pending = false
			return true, nil
		}
	}
	d.pending = len(d.packet) > 0
	return false, nil
}

// moreEnd reports whether another packet ends in the page.
func (d *Reader) moreEnd() bool {
	for _, n := range d.page.lacing[d.segment:] {
		if n < maxSegment {
			return true
		}
	}
	return false
}

// turn goes to the next page with packets of the stream.
func (d *Reader) turn() error {
	for {
		if d.ended {
			if b, err := d.r.Peek(len(capture)); err != nil || string(b) != capture {
				return io.EOF // what programs append behind the end is none of ours
			}
		}
		if err := d.page.read(d.r); err != nil {
			return err
		}
		p := &d.page
		switch {
		case p.is(flagFirst) && p.starts(headWord) && (d.begun || d.ended):
			d.link++
			if err := d.begin(); err != nil {
				return err
			}
		case p.serial == d.serial && !d.ended:
			d.open()
			return nil
		}
	}
}

// open prepares to take packets out of the page.
func (d *Reader) open() {
	p := &d.page
	if d.begun && p.sequence != d.next {
		d.pending = false // pages are missing, and with them the rest of the packet
	}
	d.next, d.begun, d.ended = p.sequence+1, true, p.is(flagLast)
	d.segment, d.offset, d.usable = 0, 0, true
	if !p.is(flagContinued) {
		d.pending = false
	} else if !d.pending { // the beginning of its first packet is missing
		for d.segment < len(p.lacing) {
			n := p.lacing[d.segment]
			d.segment++
			d.offset += int(n)
			if n < maxSegment {
				break
			}
		}
	}
}

// begin reads the two headers of a stream; the page holds the first.
func (d *Reader) begin() (err error) {
	if d.head, err = parseHead(d.page.body); err != nil {
		return err
	}
	d.serial, d.pending, d.begun, d.ended, d.told, d.usable = d.page.serial, false, false, false, false, false
	for first := true; ; first = false {
		if err := d.pageOfStream(); err != nil {
			return err
		}
		if first && !d.page.starts(tagsWord) {
			return fmt.Errorf("%w: its second packet is not %s", ErrOgg, tagsWord)
		}
		// The tags end where a segment is not full, and nothing else is in that page.
		if n := len(d.page.lacing); n > 0 && d.page.lacing[n-1] < maxSegment {
			d.ended = d.page.is(flagLast)
			return nil
		}
	}
}

// pageOfStream reads the next page that belongs to the stream.
func (d *Reader) pageOfStream() error {
	for {
		if err := d.page.read(d.r); errors.Is(err, io.EOF) {
			return fmt.Errorf("%w: it ends within its headers", ErrTruncated)
		} else if err != nil {
			return err
		}
		if d.page.serial == d.serial {
			return nil
		}
	}
}
