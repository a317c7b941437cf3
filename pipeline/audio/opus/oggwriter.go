//go:build cgo

package opus

import (
	"bytes"
	"fmt"
	"io"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/ogg"
)

// preSkip is the delay of libopus' encoder for telephony, 6.5 ms at the clock of Ogg files, whatever the rate.
const preSkip = 312

// packetSamples are 20 ms at the clock of Ogg files.
const packetSamples = 960

// OggWriter encodes audio to an Ogg file with Opus piece by piece, such as a voice note while it is being spoken. It
// is for one goroutine at a time, and does not close what it writes to.
type OggWriter struct {
	enc    *Encoder
	file   *ogg.Writer
	rest   []int16 // less than a packet
	buf    []byte
	total  int64 // samples that were written
	packed int64 // samples that are in packets
	closed bool
}

// NewOggWriter begins a file of mono audio with 8000, 12000, 16000, 24000 or 48000 samples per second.
func NewOggWriter(w io.Writer, rate int, opts ...Option) (*OggWriter, error) {
	enc, err := NewEncoder(rate, opts...)
	if err != nil {
		return nil, err
	}
	file, err := ogg.NewWriter(w, ogg.Head{Channels: 1, PreSkip: preSkip, InputRate: rate})
	if err != nil {
		return nil, err
	}
	return &OggWriter{enc: enc, file: file}, nil
}

// Write adds any number of samples. It does not keep the slice.
func (o *OggWriter) Write(samples []int16) error {
	if o.closed {
		return fmt.Errorf("%w: the file was closed", ErrFrameSize)
	}
	o.total += int64(len(samples))
	for n := o.enc.FrameSamples(); ; {
		take := min(n-len(o.rest), len(samples))
		o.rest = append(o.rest, samples[:take]...)
		samples = samples[take:]
		if len(o.rest) < n {
			return nil
		}
		if err := o.encode(); err != nil {
			return err
		}
	}
}

// Close encodes what is left and completes the file. Its length is exactly that of the audio.
func (o *OggWriter) Close() error {
	if o.closed {
		return nil
	}
	o.closed = true
	scale := int64(oggRate / o.enc.Rate())
	for o.packed*scale < o.total*scale+preSkip { // the encoder's delay has to come out, too
		o.rest = append(o.rest, make([]int16, o.enc.FrameSamples()-len(o.rest))...)
		if err := o.encode(); err != nil {
			return err
		}
	}
	return o.file.Close(int(o.packed*scale - o.total*scale - preSkip))
}

func (o *OggWriter) encode() (err error) {
	if o.buf, err = o.enc.Encode(o.buf[:0], o.rest); err != nil {
		return err
	}
	o.packed += int64(len(o.rest))
	o.rest = o.rest[:0]
	return o.file.WritePacket(o.buf, packetSamples)
}

// EncodeOgg makes an Ogg file with Opus of a whole recording: a voice note. Audio of any rate and number of channels is
// taken; it becomes mono.
func EncodeOgg(pcm audio.PCM, opts ...Option) ([]byte, error) {
	if pcm.Channels < 1 {
		return nil, fmt.Errorf("%w: %v", audio.ErrFormat, pcm.Format)
	}
	pcm = pcm.Mono()
	if !ValidRate(pcm.Rate) {
		rate := 24000
		if pcm.Rate > rate {
			rate = oggRate
		}
		var err error
		if pcm, err = audio.Resample(pcm, rate); err != nil {
			return nil, err
		}
	}
	var file bytes.Buffer
	w, err := NewOggWriter(&file, pcm.Rate, opts...)
	if err != nil {
		return nil, err
	}
	if err := w.Write(pcm.Samples); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
