package audio

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	goaudio "github.com/go-audio/audio"
	"github.com/go-audio/wav"
)

// maxWAVBytes bounds the samples that ReadWAV takes into memory: an hour and a half of stereo at 48 kHz.
const maxWAVBytes = 1 << 30

// ReadWAV reads a whole WAV file of linear PCM with 8, 16, 24 or 32 bits a sample, at its own rate and with all
// its channels, as 16 bits. It begins where r stands. A file that was cut off gives what is there.
//
// Anything else gives ErrWAV and says what was found: compressed and floating-point audio, absurd headers, or
// more than 1 GiB of samples.
func ReadWAV(r io.ReadSeeker) (PCM, error) {
	f, err := findWAVData(r)
	if err != nil {
		return PCM{}, err
	}
	return f.decode(r)
}

// decode reads the samples, at which r stands.
//
// The library sees the file behind a plain header of our own making: on its own it takes the sizes in a file at
// their word and allocates what they say.
func (f wavFormat) decode(r io.Reader) (PCM, error) {
	plain := f.header(uint32(f.bytes))
	dec := wav.NewDecoder(forward{io.MultiReader(bytes.NewReader(plain[:]), io.LimitReader(r, f.bytes))})
	if err := dec.FwdToPCM(); err != nil {
		return PCM{}, fmt.Errorf("%w: %w", ErrWAV, err)
	}
	pcm := PCM{
		Format:  Format{Rate: int(f.rate), Channels: int(f.channels)},
		Samples: make([]int16, 0, f.bytes/int64(f.bits/8)),
	}
	buf := &goaudio.IntBuffer{Data: make([]int, 4096*int(f.channels))}
	for {
		n, err := dec.PCMBuffer(buf)
		if err != nil {
			return PCM{}, fmt.Errorf("audio: read the samples of a WAV file: %w", err)
		}
		if n <= 0 {
			break
		}
		for _, v := range buf.Data[:n] {
			pcm.Samples = append(pcm.Samples, to16(v, f.bits))
		}
	}
	pcm.Samples = pcm.Samples[:pcm.Len()*pcm.Channels] // half a sample of several channels is none
	if len(pcm.Samples) == 0 {
		return PCM{}, fmt.Errorf("%w: it has no samples", ErrWAV)
	}
	return pcm, nil
}

// to16 scales a sample as the library gives it: 8 bits are unsigned in WAV files, all others signed.
func to16(v int, bits uint16) int16 {
	if bits == 8 {
		return int16((v - 128) << 8)
	}
	return int16(v >> (bits - 16))
}

// forward is a reader as the library needs it: it is read to the full, and need not seek behind a plain header.
type forward struct{ r io.Reader }

func (f forward) Read(p []byte) (int, error) {
	n, err := io.ReadFull(f.r, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil // the next Read says EOF
	}
	return n, err
}

func (f forward) Seek(int64, int) (int64, error) { return 0, errors.ErrUnsupported }
