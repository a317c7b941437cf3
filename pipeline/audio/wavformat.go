package audio

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// wavFormat is what the header of a file says.
type wavFormat struct {
	tag, channels, bits uint16
	rate                uint32
	bytes               int64 // of samples
	streamed            bool  // written to a pipe or never finished: the sizes in it are not known
}

// unknownSize is what programs write as a size when they cannot know it yet.
const unknownSize = math.MaxUint32

// The kinds of samples by their number in the format.
const (
	tagPCM        = 1
	tagFloat      = 3
	tagALaw       = 6
	tagMuLaw      = 7
	tagMP3        = 0x55
	tagExtensible = 0xfffe // the true tag is further behind
)

// findWAVData reads up to the samples. It trusts no size: chunks are stepped over, never loaded.
func findWAVData(r io.ReadSeeker) (wavFormat, error) {
	var f wavFormat
	var head [12]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return f, wavError(err, "it is too short for a header")
	}
	if string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return f, fmt.Errorf("%w: it begins with %q, not with RIFF and WAVE; convert it, for example by \"ffmpeg -i FILE out.wav\"", ErrWAV, head[:])
	}
	whole := binary.LittleEndian.Uint32(head[4:])
	f.streamed = whole == 0 || whole == unknownSize
	known := false
	for {
		var chunk [8]byte
		if _, err := io.ReadFull(r, chunk[:]); err != nil {
			return f, wavError(err, "it ends before the samples, which are in a chunk named data")
		}
		id, size := string(chunk[:4]), int64(binary.LittleEndian.Uint32(chunk[4:]))
		switch {
		case id == "fmt ":
			if err := f.read(r, size); err != nil {
				return f, err
			}
			known = true
		case id == "data" && !known:
			return f, fmt.Errorf("%w: the samples come before the chunk that tells their format", ErrWAV)
		case id == "data":
			return f, f.measure(r, size)
		default:
			if err := skip(r, size+size%2); err != nil { // chunks are padded to an even size
				return f, err
			}
		}
	}
}

// read reads the chunk that tells the format, and checks it.
func (f *wavFormat) read(r io.ReadSeeker, size int64) error {
	if size < 16 {
		return fmt.Errorf("%w: its format takes %d bytes, want at least 16", ErrWAV, size)
	}
	var b [26]byte // up to the tag of the extensible format
	n := min(size, int64(len(b)))
	if _, err := io.ReadFull(r, b[:n]); err != nil {
		return wavError(err, "it ends within the format")
	}
	if err := skip(r, size+size%2-n); err != nil {
		return err
	}
	le := binary.LittleEndian
	f.tag, f.channels, f.rate, f.bits = le.Uint16(b[:]), le.Uint16(b[2:]), le.Uint32(b[4:]), le.Uint16(b[14:])
	if f.tag == tagExtensible && n == int64(len(b)) {
		f.tag = le.Uint16(b[24:])
	}
	return f.check()
}

func (f *wavFormat) check() error {
	const convert = `convert it, for example by "ffmpeg -i FILE -c:a pcm_s16le out.wav"`
	switch {
	case f.tag != tagPCM:
		return fmt.Errorf("%w: its samples are %s, only linear PCM is read; %s", ErrWAV, tagName(f.tag), convert)
	case f.bits != 8 && f.bits != 16 && f.bits != 24 && f.bits != 32:
		return fmt.Errorf("%w: it has %d bits a sample, only 8, 16, 24 and 32 are read; %s", ErrWAV, f.bits, convert)
	case f.channels < 1 || f.channels > 64:
		return fmt.Errorf("%w: it claims %d channels, want 1 to 64", ErrWAV, f.channels)
	case f.rate < 1000 || f.rate > 768000:
		return fmt.Errorf("%w: it claims %d samples per second, want 1000 to 768000", ErrWAV, f.rate)
	}
	return nil
}

func tagName(tag uint16) string {
	switch tag {
	case tagFloat:
		return "floating point"
	case tagALaw:
		return "G.711 A-law"
	case tagMuLaw:
		return "G.711 mu-law"
	case tagMP3:
		return "MP3"
	}
	return fmt.Sprintf("of the kind 0x%04x", tag)
}

// measure finds out how many bytes of samples there really are: those of a file that was cut off, or whose sizes are
// not known, go on to its end.
func (f *wavFormat) measure(r io.ReadSeeker, size int64) error {
	here, err := r.Seek(0, io.SeekCurrent)
	if err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	end, err := r.Seek(0, io.SeekEnd)
	if err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	if _, err := r.Seek(here, io.SeekStart); err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	f.bytes = max(0, end-here)
	if size > 0 || !f.streamed {
		f.bytes = min(f.bytes, size)
	}
	frame := int64(f.channels) * int64(f.bits/8)
	f.bytes -= f.bytes % frame
	if f.bytes > maxWAVBytes {
		return fmt.Errorf("%w: it has %d bytes of samples, at most %d are read; split it", ErrWAV, f.bytes, maxWAVBytes)
	}
	return nil
}

func skip(r io.Seeker, n int64) error {
	if _, err := r.Seek(n, io.SeekCurrent); err != nil {
		return fmt.Errorf("audio: seek in a WAV file: %w", err)
	}
	return nil
}

// wavError tells the end of a file, which is the file's fault, from a failure to read it.
func wavError(err error, ended string) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s", ErrWAV, ended)
	}
	return fmt.Errorf("audio: read a WAV file: %w", err)
}

// headerBytes is the length of the plainest header: RIFF, the format and the beginning of the samples.
const headerBytes = 44

// header makes a plain header for so many bytes of samples, or for unknownSize.
func (f wavFormat) header(size uint32) (b [headerBytes]byte) {
	le, frame := binary.LittleEndian, f.channels*(f.bits/8)
	whole := uint32(unknownSize)
	if size != unknownSize {
		whole = size + headerBytes - 8
	}
	copy(b[0:], "RIFF")
	le.PutUint32(b[4:], whole)
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 16)
	le.PutUint16(b[20:], tagPCM)
	le.PutUint16(b[22:], f.channels)
	le.PutUint32(b[24:], f.rate)
	le.PutUint32(b[28:], f.rate*uint32(frame))
	le.PutUint16(b[32:], frame)
	le.PutUint16(b[34:], f.bits)
	copy(b[36:], "data")
	le.PutUint32(b[40:], size)
	return b
}
