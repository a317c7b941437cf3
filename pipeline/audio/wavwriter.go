package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// WAVWriter writes a WAV file of 16 bits piece by piece, such as the recording of a call while it goes on. Until
// Close the header says that the length is not known, so what was written is readable even if the program dies.
//
// It is for one goroutine at a time. It does not close what it writes to.
type WAVWriter struct {
	w      io.WriteSeeker
	format Format
	bytes  int64
	buf    []byte
	closed bool
}

// NewWAVWriter begins a file where w stands and writes its header.
func NewWAVWriter(w io.WriteSeeker, f Format) (*WAVWriter, error) {
	if f.Rate <= 0 || f.Rate > 768000 || f.Channels < 1 || f.Channels > 64 {
		return nil, fmt.Errorf("%w: cannot write a WAV file of %v", ErrFormat, f)
	}
	ww := &WAVWriter{w: w, format: f}
	if err := ww.header(unknownSize); err != nil {
		return nil, err
	}
	return ww, nil
}

// Write appends audio of the file's format; audio of any other gives ErrFormat. A file cannot grow beyond 4 GiB.
func (w *WAVWriter) Write(pcm PCM) error {
	switch {
	case w.closed:
		return errors.New("audio: Write to a WAVWriter that was closed")
	case pcm.Format != w.format || len(pcm.Samples)%pcm.Channels != 0:
		return fmt.Errorf("%w: %d samples of %v for a WAV file of %v", ErrFormat, len(pcm.Samples), pcm.Format, w.format)
	case w.bytes+2*int64(len(pcm.Samples)) > math.MaxUint32-headerBytes:
		return fmt.Errorf("%w: a WAV file cannot have more than 4 GiB; begin another one", ErrFormat)
	}
	w.buf = w.buf[:0]
	for _, s := range pcm.Samples {
		w.buf = binary.LittleEndian.AppendUint16(w.buf, uint16(s))
	}
	n, err := w.w.Write(w.buf)
	w.bytes += int64(n)
	if err != nil {
		return fmt.Errorf("audio: write a WAV file: %w", err)
	}
	return nil
}

// Close completes the header and leaves the underlying writer at the end of the file.
func (w *WAVWriter) Close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	if _, err := w.w.Seek(-w.bytes-headerBytes, io.SeekCurrent); err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	if err := w.header(uint32(w.bytes)); err != nil {
		return err
	}
	if _, err := w.w.Seek(w.bytes, io.SeekCurrent); err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	return nil
}

func (w *WAVWriter) header(size uint32) error {
	b := wavFormat{channels: uint16(w.format.Channels), bits: 16, rate: uint32(w.format.Rate)}.header(size)
	if _, err := w.w.Write(b[:]); err != nil {
		return fmt.Errorf("audio: write a WAV file: %w", err)
	}
	return nil
}

// WriteWAV writes audio as one WAV file of 16 bits.
func WriteWAV(w io.WriteSeeker, pcm PCM) error {
	ww, err := NewWAVWriter(w, pcm.Format)
	if err != nil {
		return err
	}
	if err := ww.Write(pcm); err != nil {
		return err
	}
	return ww.Close()
}
