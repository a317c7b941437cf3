//go:build cgo

package opus

import (
	"fmt"

	libopus "gopkg.in/hraban/opus.v2"
)

// Decoder turns Opus packets into mono audio. It is for one stream and one goroutine at a time.
type Decoder struct {
	dec  *libopus.Decoder
	rate int
}

// NewDecoder makes a decoder whose output has 8000, 12000, 16000, 24000 or 48000 samples per second, whatever the
// sender encoded. Stereo is mixed down.
func NewDecoder(rate int) (*Decoder, error) {
	if err := checkRate(rate); err != nil {
		return nil, err
	}
	dec, err := libopus.NewDecoder(rate, 1)
	if err != nil {
		return nil, fmt.Errorf("opus: make a decoder for %d Hz: %w", rate, err)
	}
	return &Decoder{dec: dec, rate: rate}, nil
}

// Rate is the number of samples per second that the decoder makes.
func (d *Decoder) Rate() int { return d.rate }

// MaxSamples is the number of samples in the longest possible packet: pcm buffers of this size always suffice.
func (d *Decoder) MaxSamples() int { return samplesIn(MaxPacketDuration, d.rate) }

// Decode writes the packet's samples to pcm and returns how many there are. Bytes that are no Opus packet give
// ErrPacket, a pcm that is too short for the packet ErrFrameSize.
func (d *Decoder) Decode(packet []byte, pcm []int16) (int, error) {
	want, err := PacketSamples(packet, d.rate)
	if err != nil {
		return 0, err
	}
	if want > len(pcm) {
		return 0, fmt.Errorf("%w: room for %d decoded, the packet has %d", ErrFrameSize, len(pcm), want)
	}
	// The binding goes by the slice's capacity, so cut it to what the caller means.
	n, err := d.dec.Decode(packet, pcm[:len(pcm):len(pcm)])
	if err != nil {
		return 0, fmt.Errorf("%w of %d bytes beginning 0x%02x: %w", ErrPacket, len(packet), packet[0], err)
	}
	return n, nil
}

// Recover fills pcm with the audio of the lost packet just before next, out of the copy that next carries if the sender
// uses forward error correction (see HasFEC), and else by extrapolation as Conceal does. The length of pcm says how
// much was lost, a multiple of 2.5 ms; if it is more than a packet, the copy is at its end. Decode next afterwards.
func (d *Decoder) Recover(next []byte, pcm []int16) error {
	if err := d.checkGap(pcm); err != nil {
		return err
	}
	if _, err := PacketSamples(next, d.rate); err != nil {
		return err
	}
	if err := d.dec.DecodeFEC(next, pcm[:len(pcm):len(pcm)]); err != nil {
		return fmt.Errorf("%w of %d bytes beginning 0x%02x, for its copy of the one before: %w", ErrPacket, len(next), next[0], err)
	}
	return nil
}

// Conceal fills pcm with a continuation of the audio so far, which slowly fades. The length of pcm says how
// much was lost: a multiple of 2.5 ms, at most 120 ms.
func (d *Decoder) Conceal(pcm []int16) error {
	if err := d.checkGap(pcm); err != nil {
		return err
	}
	if err := d.dec.DecodePLC(pcm[:len(pcm):len(pcm)]); err != nil {
		return fmt.Errorf("opus: conceal %d samples: %w", len(pcm), err)
	}
	return nil
}

func (d *Decoder) checkGap(pcm []int16) error {
	if step := d.rate / 400; len(pcm) == 0 || len(pcm)%step != 0 || len(pcm) > d.MaxSamples() {
		return fmt.Errorf("%w: %d to conceal at %d Hz, want a multiple of %d up to %d", ErrFrameSize, len(pcm), d.rate, step, d.MaxSamples())
	}
	return nil
}
