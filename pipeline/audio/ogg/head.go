package ogg

import (
	"encoding/binary"
	"fmt"
)

// Head is what the first packet of an Opus stream says about it.
type Head struct {
	// Channels is 1 or 2 in voice notes; more have a mapping of their own.
	Channels int
	// PreSkip is how many samples at 48 kHz a decoder makes before the audio begins: they are thrown away.
	PreSkip int
	// InputRate is the rate of the original audio in Hz, for information alone; 0 if unknown.
	InputRate int
	// Gain is by how much the decoded audio is to be made louder, in 1/256 dB.
	Gain int
	// Mapping says how streams make channels: 0 is one stream of one or two channels.
	Mapping int
	// Streams is how many Opus streams each packet holds: 1 where Mapping is 0.
	Streams int
}

const (
	headWord = "OpusHead"
	tagsWord = "OpusTags"
)

// parseHead reads the first packet.
func parseHead(b []byte) (Head, error) {
	if len(b) < 19 {
		return Head{}, fmt.Errorf("%w: its head has %d bytes, want at least 19", ErrOgg, len(b))
	}
	h := Head{
		Channels: int(b[9]), PreSkip: int(binary.LittleEndian.Uint16(b[10:])), InputRate: int(binary.LittleEndian.Uint32(b[12:])),
		Gain: int(int16(binary.LittleEndian.Uint16(b[16:]))), Mapping: int(b[18]), Streams: 1,
	}
	switch {
	case b[8]>>4 != 0:
		return Head{}, fmt.Errorf("%w: its version of Opus in Ogg is %d.%d, only 0 is known", ErrOgg, b[8]>>4, b[8]&15)
	case h.Channels == 0 || h.Mapping == 0 && h.Channels > 2:
		return Head{}, fmt.Errorf("%w: it claims %d channels of mapping %d", ErrOgg, h.Channels, h.Mapping)
	case h.Mapping == 0:
		return h, nil
	case len(b) < 21+h.Channels:
		return Head{}, fmt.Errorf("%w: its head has %d bytes, want %d for %d channels", ErrOgg, len(b), 21+h.Channels, h.Channels)
	}
	h.Streams = int(b[19])
	if coupled := int(b[20]); h.Streams == 0 || coupled > h.Streams || h.Streams+coupled > 255 {
		return Head{}, fmt.Errorf("%w: it claims %d streams, %d of them stereo", ErrOgg, h.Streams, coupled)
	}
	return h, nil
}

// bytes is the first packet. It is for one stream, whose mapping is 0.
func (h Head) bytes() []byte {
	b := append([]byte(headWord), 1, byte(h.Channels))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.PreSkip))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.InputRate))
	b = binary.LittleEndian.AppendUint16(b, uint16(int16(h.Gain)))
	return append(b, 0)
}

// tags is the second packet: who wrote the file.
func tags(vendor string) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(tagsWord), uint32(len(vendor)))
	return binary.LittleEndian.AppendUint32(append(b, vendor...), 0)
}

// codecName names what a stream that is not Opus holds, by its first bytes.
func codecName(p *page) string {
	for word, name := range map[string]string{
		"\x01vorbis": "Vorbis", "Speex   ": "Speex", "\x7fFLAC": "FLAC", "\x80theora": "Theora video", "OVP80": "VP8 video",
	} {
		if p.starts(word) {
			return name
		}
	}
	return "something unknown"
}
