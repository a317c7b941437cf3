package audio_test

import (
	"testing"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Every sample against the standard's rule in its own units, 14 bits for mu-law and 13 for A-law: find the segment by
// its beginning, then the step within it; the value of a step is its middle.
func TestG711AgainstTheStandard(t *testing.T) {
	encode := func(f func([]byte, []int16) []byte, s int16) byte { return f(nil, []int16{s})[0] }
	decode := func(f func([]int16, []byte) []int16, b byte) int16 { return f(nil, []byte{b})[0] }
	for s := -32768; s <= 32767; s++ {
		in, negative := s, s < 0
		if negative {
			in = ^s
		}
		// mu-law: F(x) in 14 bits; segments begin at 31, 95, 223, ... = 64·2^n - 33.
		m := min(in>>2, 8158)
		segment := 0
		for segment < 7 && m >= 64<<segment-33 {
			segment++
		}
		low := 32<<segment - 33
		step := (m - low) / (2 << segment)
		want := byte(255 - (segment*16 + step))
		if negative {
			want -= 128
		}
		if got := encode(audio.EncodeMuLaw, int16(s)); got != want {
			t.Fatalf("mu-law of %d is 0x%02x, want 0x%02x", s, got, want)
		}
		value := 4 * (low + step*(2<<segment) + 1<<segment)
		if negative {
			value = -value
		}
		if got := decode(audio.DecodeMuLaw, want); int(got) != value {
			t.Fatalf("mu-law 0x%02x gives %d, want %d", want, got, value)
		}
		// A-law: segments begin at 0, 32, 64, 128, ... of 12 bits of magnitude, the first two with steps of 2.
		a := in >> 3
		segment, low, width := 0, 0, 2
		for segment < 7 && a >= 32<<segment {
			segment++
			low, width = 16<<segment, max(2, 1<<segment)
		}
		step = (a - low) / width
		want = byte(128+segment*16+step) ^ 0x55
		if negative {
			want ^= 0x80
		}
		if got := encode(audio.EncodeALaw, int16(s)); got != want {
			t.Fatalf("A-law of %d is 0x%02x, want 0x%02x", s, got, want)
		}
		value = 8 * (low + step*width + width/2)
		if negative {
			value = -value
		}
		if got := decode(audio.DecodeALaw, want); int(got) != value {
			t.Fatalf("A-law 0x%02x gives %d, want %d", want, got, value)
		}
	}
}

func TestG711RoundTripIsStable(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for i, s := range audio.DecodeALaw(nil, all) {
		if got := audio.EncodeALaw(nil, []int16{s})[0]; got != byte(i) {
			t.Errorf("A-law 0x%02x comes back as 0x%02x", i, got)
		}
	}
	for i, s := range audio.DecodeMuLaw(nil, all) {
		want := byte(i)
		if want == 0x7f { // minus zero, which linear audio does not have
			want = 0xff
		}
		if got := audio.EncodeMuLaw(nil, []int16{s})[0]; got != want {
			t.Errorf("mu-law 0x%02x comes back as 0x%02x", i, got)
		}
	}
}

func TestG711AppendsWithoutAllocating(t *testing.T) {
	pcm, line := make([]int16, 0, 160), make([]byte, 160)
	if n := testing.AllocsPerRun(100, func() {
		pcm = audio.DecodeMuLaw(pcm[:0], line)
		line = audio.EncodeMuLaw(line[:0], pcm)
		pcm = audio.DecodeALaw(pcm[:0], line)
		line = audio.EncodeALaw(line[:0], pcm)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
