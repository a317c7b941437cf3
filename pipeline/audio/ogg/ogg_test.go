package ogg_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/audio/ogg"
)

// packetOf is a packet of so many bytes that are all the same.
func packetOf(size int, fill byte) []byte { return bytes.Repeat([]byte{fill}, size) }

// fileOf writes packets of 20 ms.
func fileOf(t testing.TB, serial uint32, padding int, packets ...[]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := ogg.NewWriter(&file, ogg.Head{Channels: 1, PreSkip: 312, InputRate: 16000, Gain: -5}, ogg.WithSerial(serial))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range packets {
		if err := w.WritePacket(p, 960); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(padding); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// read takes a file apart. Data is copied.
func read(file io.Reader) (all []ogg.Packet, heads []ogg.Head, err error) {
	r, err := ogg.NewReader(file)
	if err != nil {
		return nil, nil, err
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, heads, nil
		}
		if err != nil {
			return all, heads, err
		}
		p.Data = bytes.Clone(p.Data)
		all = append(all, p)
		if len(heads) == p.Link {
			heads = append(heads, r.Head())
		}
	}
}

func TestRoundTrip(t *testing.T) {
	var packets [][]byte
	for _, size := range []int{1, 2, 254, 255, 256, 509, 510, 511, 1275, 30000, 40000, ogg.MaxPacketBytes, 7} {
		packets = append(packets, packetOf(size, byte(size)))
	}
	for range 200 { // more than a page may hold
		packets = append(packets, packetOf(60, 9))
	}
	for name, wrap := range map[string]func(io.Reader) io.Reader{
		"at once": func(r io.Reader) io.Reader { return r }, "byte by byte": iotest.OneByteReader, "with the last error": iotest.DataErrReader,
	} {
		t.Run(name, func(t *testing.T) {
			got, heads, err := read(wrap(bytes.NewReader(fileOf(t, 7, 100, packets...))))
			if err != nil {
				t.Fatal(err)
			}
			want := []ogg.Head{{Channels: 1, PreSkip: 312, InputRate: 16000, Gain: -5, Streams: 1}}
			if d := cmp.Diff(want, heads); d != "" {
				t.Errorf("heads (-want +got):\n%s", d)
			}
			if len(got) != len(packets) {
				t.Fatalf("%d packets, want %d", len(got), len(packets))
			}
			known := 0
			for i, p := range got {
				if !bytes.Equal(p.Data, packets[i]) {
					t.Errorf("packet %d has %d bytes, want %d", i, len(p.Data), len(packets[i]))
				}
				end := int64(960 * (i + 1))
				if i == len(packets)-1 {
					end -= 100
				}
				if p.Granule != ogg.NoGranule {
					if known++; p.Granule != end {
						t.Errorf("packet %d ends at %d, want %d", i, p.Granule, end)
					}
				}
				if p.Last != (i == len(packets)-1) {
					t.Errorf("packet %d: last is %v", i, p.Last)
				}
			}
			if known < 6 || known > 12 {
				t.Errorf("%d pages, want about one for each second", known)
			}
		})
	}
}

// rawPage makes a page by hand.
type rawPage struct {
	flags    byte
	granule  int64
	serial   uint32
	sequence uint32
	lacing   []byte
	body     []byte
}

func (p rawPage) bytes() []byte {
	b := append([]byte("OggS\x00"), p.flags)
	b = binary.LittleEndian.AppendUint64(b, uint64(p.granule))
	b = binary.LittleEndian.AppendUint32(b, p.serial)
	b = binary.LittleEndian.AppendUint32(b, p.sequence)
	b = append(b, 0, 0, 0, 0, byte(len(p.lacing)))
	b = append(append(b, p.lacing...), p.body...)
	sum := uint32(0)
	for _, v := range b {
		sum ^= uint32(v) << 24
		for range 8 {
			if sum&(1<<31) != 0 {
				sum = sum<<1 ^ 0x04c11db7
			} else {
				sum <<= 1
			}
		}
	}
	binary.LittleEndian.PutUint32(b[22:], sum)
	return b
}

const (
	continued = 1
	first     = 2
	last      = 4
)

var headBytes = []byte("OpusHead\x01\x01\x38\x01\x80\x3e\x00\x00\x00\x00\x00")

// headers are the first pages of a stream.
func headers(serial uint32) []byte {
	b := rawPage{flags: first, serial: serial, lacing: []byte{19}, body: headBytes}.bytes()
	return append(b, rawPage{serial: serial, sequence: 1, lacing: []byte{16}, body: []byte("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00")}.bytes()...)
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestReaderOddFiles(t *testing.T) {
	x, y := packetOf(300, 'x'), packetOf(20, 'y')
	vorbis := rawPage{flags: first, serial: 9, lacing: []byte{7}, body: []byte("\x01vorbis")}.bytes()
	bigTags := join(
		rawPage{flags: first, serial: 1, lacing: []byte{19}, body: headBytes}.bytes(),
		rawPage{serial: 1, sequence: 1, granule: -1, lacing: bytes.Repeat([]byte{255}, 255), body: append([]byte("OpusTags"), make([]byte, 255*255-8)...)}.bytes(),
		rawPage{flags: continued, serial: 1, sequence: 2, granule: -1, lacing: bytes.Repeat([]byte{255}, 255), body: make([]byte, 255*255)}.bytes(),
		rawPage{flags: continued, serial: 1, sequence: 3, lacing: []byte{0}}.bytes(),
	)
	page := func(flags byte, granule int64, sequence uint32, lacing []byte, body ...[]byte) []byte {
		return rawPage{flags, granule, 1, sequence, lacing, join(body...)}.bytes()
	}
	tests := []struct {
		name string
		file []byte
		want string // packets: first byte, size, granule, ! for the last
	}{
		{"two packets in a page, the second goes on", join(headers(1),
			page(0, 960, 2, []byte{20, 255}, y, x[:255]), page(continued|last, 1920, 3, []byte{45}, x[255:])), "y20@960 x300@1920!"},
		{"a packet over three pages", join(headers(1),
			page(0, -1, 2, []byte{255}, x[:255]), page(continued, -1, 3, []byte{255}, x[:255]), page(continued|last, 960, 4, []byte{0})), "x510@960!"},
		{"another stream between", join(vorbis, headers(1), rawPage{serial: 9, sequence: 1, lacing: []byte{20}, body: packetOf(20, 'v')}.bytes(),
			page(last, 960, 2, []byte{20}, y)), "y20@960!"},
		{"a page is missing within a packet", join(headers(1),
			page(0, 960, 2, []byte{20, 255}, y, x[:255]), page(continued|last, 2880, 4, []byte{45, 20}, x[255:], y)), "y20@960 y20@2880!"},
		{"it says continued, and is not", join(headers(1), page(continued|last, 1920, 2, []byte{45, 20}, x[255:], y)), "y20@1920!"},
		{"it says not continued, and is", join(headers(1),
			page(0, 960, 2, []byte{20, 255}, y, x[:255]), page(last, 1920, 3, []byte{20}, y)), "y20@960 y20@1920!"},
		{"an end without packets", join(headers(1), page(0, 960, 2, []byte{20}, y), page(last, 900, 3, nil)), "y20@960 0@900!"},
		{"no mark of the end", join(headers(1), page(0, 960, 2, []byte{20}, y)), "y20@960"},
		{"an empty packet in the middle and one at the end", join(headers(1), page(last, 1920, 2, []byte{20, 0, 20, 0}, y, y)), "y20 y20 0@1920!"},
		{"no audio", join(headers(1), page(last, 0, 2, nil)), "0@0!"},
		{"large tags", join(bigTags, page(last, 960, 4, []byte{20}, y)), "y20@960!"},
		{"two streams one after the other", join(headers(1), page(last, 960, 2, []byte{20}, y), headers(2),
			rawPage{last, 960, 2, 2, []byte{20}, y}.bytes()), "y20@960! / y20@960!"},
		{"joined, the first without an end, with the same number", join(headers(1), page(0, 960, 2, []byte{20}, y),
			headers(1), page(last, 960, 2, []byte{20}, y)), "y20@960 / y20@960!"},
		{"something behind the end", join(headers(1), page(last, 960, 2, []byte{20}, y), []byte("TAG and more")), "y20@960!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := read(bytes.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			got, link := "", 0
			for i, p := range all {
				if p.Link != link {
					got += " /"
					link = p.Link
				}
				if i > 0 {
					got += " "
				}
				if len(p.Data) > 0 {
					got += string(p.Data[:1])
				}
				got += fmt.Sprint(len(p.Data))
				if p.Granule != ogg.NoGranule {
					got += fmt.Sprintf("@%d", p.Granule)
				}
				if p.Last {
					got += "!"
				}
			}
			if got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

func TestReaderBadFiles(t *testing.T) {
	good := fileOf(t, 1, 0, packetOf(100, 'a'))
	change := func(at int, b byte) []byte {
		c := bytes.Clone(good)
		c[at] = b
		return c
	}
	head := func(change func(b []byte) []byte) []byte {
		b := change(bytes.Clone(headBytes))
		return rawPage{flags: first, serial: 1, lacing: []byte{byte(len(b))}, body: b}.bytes()
	}
	set := func(at int, v byte) []byte {
		return head(func(b []byte) []byte { b[at] = v; return b })
	}
	huge := headers(1)
	for i := range uint32(2) {
		huge = append(huge, rawPage{byte(i), -1, 1, 2 + i, bytes.Repeat([]byte{255}, 255), make([]byte, 255*255)}.bytes()...)
	}
	for _, tt := range []struct {
		name string
		file []byte
		want error
	}{
		{"nothing", nil, ogg.ErrOgg},
		{"not Ogg", []byte("ID3 and then an MP3 file follows, longer than a page"), ogg.ErrOgg},
		{"a version that is not known", change(4, 1), ogg.ErrOgg},
		{"damaged", change(len(good)-3, 0), ogg.ErrOgg},
		{"cut within a page", good[:len(good)-1], ogg.ErrTruncated},
		{"cut within the head of a page", good[:10], ogg.ErrTruncated},
		{"cut behind the first page", good[:47], ogg.ErrTruncated},
		{"Vorbis", rawPage{flags: first, lacing: []byte{7}, body: []byte("\x01vorbis")}.bytes(), ogg.ErrCodec},
		{"begins in the middle", rawPage{lacing: []byte{7}, body: []byte("1234567")}.bytes(), ogg.ErrOgg},
		{"head too short", head(func(b []byte) []byte { return b[:18] }), ogg.ErrOgg},
		{"version 16 of the head", set(8, 16), ogg.ErrOgg},
		{"no channels", set(9, 0), ogg.ErrOgg},
		{"three channels without a mapping", set(9, 3), ogg.ErrOgg},
		{"a mapping that is missing", set(18, 1), ogg.ErrOgg},
		{"no streams", head(func(b []byte) []byte { b[18] = 1; return append(b, 0, 0, 0) }), ogg.ErrOgg},
		{"no tags", join(headers(1)[:47], rawPage{serial: 1, sequence: 1, lacing: []byte{3}, body: []byte("abc")}.bytes()), ogg.ErrOgg},
		{"a packet without an end", huge, ogg.ErrOgg},
	} {
		if _, _, err := read(bytes.NewReader(tt.file)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	broken := errors.New("the disk is broken")
	if _, _, err := read(iotest.ErrReader(broken)); !errors.Is(err, broken) || errors.Is(err, ogg.ErrTruncated) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

func TestWriterRefuses(t *testing.T) {
	for _, h := range []ogg.Head{{}, {Channels: 3}, {Channels: 1, PreSkip: -1}, {Channels: 1, PreSkip: 65536}, {Channels: 1, InputRate: -1}, {Channels: 1, Gain: 40000}} {
		if _, err := ogg.NewWriter(io.Discard, h); !errors.Is(err, ogg.ErrOgg) {
			t.Errorf("%+v: %v", h, err)
		}
	}
	w, err := ogg.NewWriter(io.Discard, ogg.Head{Channels: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		w.WritePacket(nil, 960), w.WritePacket(make([]byte, ogg.MaxPacketBytes+1), 960), w.WritePacket([]byte{1}, 0), w.WritePacket([]byte{1}, 5761), w.Close(1),
		w.WritePacket([]byte{1}, 960),
	} {
		if !errors.Is(err, ogg.ErrPacket) {
			t.Errorf("%v, want %v", err, ogg.ErrPacket)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(fileOf(f, 1, 0, packetOf(100, 'a'), packetOf(600, 'b')))
	f.Add(join(headers(1), headers(2)))
	f.Add(join(headers(1), rawPage{last, -1, 1, 2, []byte{20, 255}, packetOf(275, 'c')}.bytes()))
	f.Fuzz(func(t *testing.T, file []byte) {
		// Sums that do not fit hide everything behind them from the fuzzer, so every page gets its own.
		fixed := bytes.Clone(file)
		for at := 0; ; {
			i := bytes.Index(fixed[at:], []byte("OggS"))
			if i < 0 || at+i+27 > len(fixed) {
				break
			}
			at += i
			p := fixed[at:]
			size := 27 + int(p[26])
			if size > len(p) {
				break
			}
			for _, n := range p[27:size] {
				size += int(n)
			}
			if size > len(p) {
				break
			}
			copy(p[22:26], rawPage{flags: p[5], granule: int64(binary.LittleEndian.Uint64(p[6:])), serial: binary.LittleEndian.Uint32(p[14:]),
				sequence: binary.LittleEndian.Uint32(p[18:]), lacing: p[27 : 27+int(p[26])], body: p[27+int(p[26]) : size]}.bytes()[22:26])
			at += size
		}
		bytesRead := 0
		all, _, err := read(bytes.NewReader(fixed))
		for _, p := range all {
			bytesRead += len(p.Data)
			if len(p.Data) > ogg.MaxPacketBytes || len(p.Data) == 0 && !p.Last {
				t.Fatalf("a packet of %d bytes", len(p.Data))
			}
		}
		if bytesRead > len(file) {
			t.Fatalf("%d bytes of packets in %d bytes", bytesRead, len(file))
		}
		if err != nil && !errors.Is(err, ogg.ErrOgg) && !errors.Is(err, ogg.ErrTruncated) {
			t.Fatalf("unexpected error: %v", err)
		}
	})
}
