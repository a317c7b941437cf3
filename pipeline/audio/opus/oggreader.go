//go:build cgo

package opus

import (
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/ogg"
)

// oggRate is the clock of Ogg files with Opus, whatever was encoded.
const oggRate = 48000

// DecodeOgg reads a whole Ogg file with Opus, such as a voice note, to mono audio of 8000, 12000, 16000, 24000 or
// 48000 samples per second. What encoders put before and behind the audio is left out, and a gain that the file asks
// for is applied. A file that was cut off gives what is there.
//
// More audio than limit is ErrTooLong, so that a small file of long silences cannot fill the memory; 0 sets no
// limit. Bytes that are no such file are ogg.ErrOgg, and a packet in it that is not Opus is ErrPacket.
func DecodeOgg(r io.Reader, rate int, limit time.Duration) (audio.PCM, error) {
	dec, err := NewDecoder(rate)
	if err != nil {
		return audio.PCM{}, err
	}
	file, err := ogg.NewReader(r)
	if err != nil {
		return audio.PCM{}, err
	}
	d := oggDecoder{dec: dec, scale: oggRate / rate, limit: math.MaxInt, out: audio.PCM{Format: audio.Mono(rate)}}
	if limit > 0 {
		d.limit = samplesIn(limit, rate)
	}
	if err := d.begin(file.Head(), 0); err != nil {
		return audio.PCM{}, err
	}
	for {
		p, err := file.Next()
		if errors.Is(err, io.EOF) || errors.Is(err, ogg.ErrTruncated) && len(d.out.Samples) > 0 {
			d.end()
			return d.out, nil
		}
		if err == nil {
			err = d.add(p, file.Head())
		}
		if err != nil {
			return audio.PCM{}, err
		}
	}
}

// oggDecoder collects the audio of a file.
type oggDecoder struct {
	dec   *Decoder
	scale int // samples of the file's clock in one of ours
	limit int
	out   audio.PCM

	link    int
	head    ogg.Head
	from    int   // where the link begins in out
	count   int64 // of the link's packets, in the file's clock
	origin  int64 // the granule at the link's beginning; recordings of a stream do not begin at 0
	placed  bool  // the origin is known
	granule int64 // how many samples the link has, or ogg.NoGranule
	number  int   // of the packet, for errors
}

// begin prepares for one of the streams of a file.
func (d *oggDecoder) begin(h ogg.Head, link int) error {
	if h.Streams != 1 {
		return fmt.Errorf("%w: each packet holds %d streams for %d channels, only mono and stereo are decoded", ogg.ErrOgg, h.Streams, h.Channels)
	}
	if link > 0 {
		dec, err := NewDecoder(d.dec.Rate())
		if err != nil {
			return err
		}
		d.dec = dec
	}
	d.head, d.link, d.from, d.count, d.origin, d.placed, d.granule = h, link, len(d.out.Samples), 0, 0, false, ogg.NoGranule
	return nil
}

func (d *oggDecoder) add(p ogg.Packet, h ogg.Head) error {
	if p.Link != d.link {
		d.end()
		if err := d.begin(h, p.Link); err != nil {
			return err
		}
	}
	if len(p.Data) > 0 {
		d.number++
		n, err := PacketSamples(p.Data, d.dec.Rate())
		if err != nil {
			return fmt.Errorf("packet %d: %w", d.number, err)
		}
		begin := len(d.out.Samples)
		if begin+n-d.head.PreSkip/d.scale > d.limit {
			return fmt.Errorf("%w: the limit is %v", ErrTooLong, d.out.Format.Duration(d.limit))
		}
		d.out.Samples = append(d.out.Samples, make([]int16, n)...)
		if _, err := d.dec.Decode(p.Data, d.out.Samples[begin:]); err != nil {
			return fmt.Errorf("packet %d: %w", d.number, err)
		}
		d.count += int64(n * d.scale)
	}
	if p.Granule == ogg.NoGranule {
		return nil
	}
	if !d.placed {
		d.placed = true
		if !p.Last { // on the only page, what it lacks is padding
			d.origin = max(0, p.Granule-d.count)
		}
	}
	if p.Last {
		d.granule = p.Granule - d.origin
	}
	return nil
}

// end takes from a stream what is not its audio.
func (d *oggDecoder) end() {
	samples := d.out.Samples[d.from:]
	if d.granule != ogg.NoGranule && d.granule < d.count {
		samples = samples[:max(0, d.granule)/int64(d.scale)]
	}
	samples = samples[min(len(samples), d.head.PreSkip/d.scale):]
	amplify(samples, d.head.Gain)
	d.out.Samples = append(d.out.Samples[:d.from], samples...)
}

// amplify applies a gain in 1/256 dB.
func amplify(samples []int16, gain int) {
	if gain == 0 {
		return
	}
	factor := math.Pow(10, float64(gain)/256/20)
	for i, s := range samples {
		samples[i] = int16(math.Round(max(math.MinInt16, min(math.MaxInt16, float64(s)*factor))))
	}
}
