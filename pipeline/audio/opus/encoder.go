//go:build cgo

package opus

import (
	"fmt"

	libopus "gopkg.in/hraban/opus.v2"
)

// Encoder turns speech into Opus packets of 20 ms. It is for one stream and one goroutine at a time.
type Encoder struct {
	enc      *libopus.Encoder
	rate     int
	settings settings
	buf      []byte // libopus writes here, so that the caller's slice may be of any size
	silence  []byte // made by the first Silence
}

// NewEncoder makes an encoder for mono audio of 8000, 12000, 16000, 24000 or 48000 samples per second.
func NewEncoder(rate int, opts ...Option) (*Encoder, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	s, err := apply(opts)
	if err != nil {
		return nil, err
	}
	enc, err := newEncoder(rate, s)
	if err != nil {
		return nil, err
	}
	return &Encoder{enc: enc, rate: rate, settings: s, buf: make([]byte, maxPacketBytes)}, nil
}

func newEncoder(rate int, s settings) (*libopus.Encoder, error) {
	enc, err := libopus.NewEncoder(rate, 1, libopus.AppVoIP)
	if err != nil {
		return nil, fmt.Errorf("opus: make an encoder for %d Hz: %w", rate, err)
	}
	for _, set := range []struct {
		what string
		err  error
	}{
		{"bitrate", enc.SetBitrate(s.bitrate)},
		{"complexity", enc.SetComplexity(s.complexity)},
		{"FEC", enc.SetInBandFEC(s.fec)},
		{"expected loss", enc.SetPacketLossPerc(s.lossPercent)},
		{"DTX", enc.SetDTX(s.dtx)},
	} {
		if set.err != nil {
			return nil, fmt.Errorf("opus: set the encoder's %s: %w", set.what, set.err)
		}
	}
	return enc, nil
}

// Rate is the number of samples per second that the encoder takes.
func (e *Encoder) Rate() int { return e.rate }

// FrameSamples is the number of samples that Encode takes: 20 ms.
func (e *Encoder) FrameSamples() int { return samplesIn(FrameDuration, e.rate) }

// Encode appends the packet for 20 ms of audio, FrameSamples of them, to dst and returns the longer slice. It does
// not keep pcm. Any other number of samples is ErrFrameSize.
func (e *Encoder) Encode(dst []byte, pcm []int16) ([]byte, error) {
	if len(pcm) != e.FrameSamples() {
		return dst, fmt.Errorf("%w: %d to encode, want %d, which are 20 ms at %d Hz", ErrFrameSize, len(pcm), e.FrameSamples(), e.rate)
	}
	n, err := e.enc.Encode(pcm, e.buf)
	if err != nil {
		return dst, fmt.Errorf("opus: encode: %w", err)
	}
	return append(dst, e.buf[:n]...), nil
}

// Reset forgets the stream so far: the next packet can follow anything. Settings stay.
func (e *Encoder) Reset() error {
	if err := e.enc.Reset(); err != nil {
		return fmt.Errorf("opus: reset the encoder: %w", err)
	}
	return nil
}

// settleFrames is how many frames of silence an encoder gets until its packets no longer change.
const settleFrames = 10

// Silence returns a packet that says 20 ms of silence. It is encoded once, apart from the stream, and the same slice is
// returned every time: do not write to it. So a stream that says nothing costs nothing.
func (e *Encoder) Silence() ([]byte, error) {
	if e.silence != nil {
		return e.silence, nil
	}
	s := e.settings
	s.dtx = false // with DTX it would be an empty packet
	enc, err := newEncoder(e.rate, s)
	if err != nil {
		return nil, err
	}
	quiet := make([]int16, e.FrameSamples())
	buf := make([]byte, maxPacketBytes)
	n := 0
	for range settleFrames {
		if n, err = enc.Encode(quiet, buf); err != nil {
			return nil, fmt.Errorf("opus: encode silence: %w", err)
		}
	}
	e.silence = buf[:n:n]
	return e.silence, nil
}
