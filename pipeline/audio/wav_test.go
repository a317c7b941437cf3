package audio_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/audio"
)

// wavFile builds a file out of chunks.
func wavFile(chunks ...string) string {
	body := "WAVE" + strings.Join(chunks, "")
	return "RIFF" + le32(len(body)) + body
}

func chunk(id, body string) string {
	s := id + le32(len(body)) + body
	if len(body)%2 == 1 {
		s += "\x00"
	}
	return s
}

func format(tag, channels, rate, bits int, extra ...string) string {
	frame := channels * bits / 8
	return chunk("fmt ", le16(tag)+le16(channels)+le32(rate)+le32(rate*frame)+le16(frame)+le16(bits)+strings.Join(extra, ""))
}

func le16(v int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(v))) }
func le32(v int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(v))) }

// extensible is the rest of the extensible format, with the true tag within.
func extensible(tag int) string {
	return le16(22) + le16(16) + le32(4) + le16(tag) + "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
}

func TestReadWAV(t *testing.T) {
	mono16 := audio.PCM{Format: audio.Mono(16000), Samples: []int16{1, -2, 300}}
	data16 := chunk("data", le16(1)+le16(-2)+le16(300))
	for _, tc := range []struct {
		name, file string
		want       audio.PCM
	}{
		{"16 bits", wavFile(format(1, 1, 16000, 16), data16), mono16},
		{"8 bits", wavFile(format(1, 1, 8000, 8), chunk("data", "\x00\x80\xff")),
			audio.PCM{Format: audio.Mono(8000), Samples: []int16{-32768, 0, 127 << 8}}},
		{"24 bits", wavFile(format(1, 1, 48000, 24), chunk("data", "\xff\x01\x00\x00\x00\x80\xff\xff\x7f")),
			audio.PCM{Format: audio.Mono(48000), Samples: []int16{1, -32768, 32767}}},
		{"32 bits", wavFile(format(1, 1, 44100, 32), chunk("data", le32(5<<16)+le32(-1<<31)+le32(1<<31-1))),
			audio.PCM{Format: audio.Mono(44100), Samples: []int16{5, -32768, 32767}}},
		{"stereo", wavFile(format(1, 2, 16000, 16), chunk("data", le16(1)+le16(2)+le16(3)+le16(4))),
			audio.PCM{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: []int16{1, 2, 3, 4}}},
		{"extensible", wavFile(format(0xfffe, 1, 16000, 16, extensible(1)), data16), mono16},
		{"other chunks", wavFile(chunk("JUNK", "odd"), format(1, 1, 16000, 16), chunk("LIST", "INFOxxxx"), data16, chunk("id3 ", "zz")), mono16},
		{"longer format", wavFile(format(1, 1, 16000, 16, "\x00\x00"), data16), mono16},
		{"cut off", wavFile(format(1, 1, 16000, 16), "data"+le32(1<<20)+le16(1)+le16(-2)+le16(300)+"\x07"), mono16},
		{"size not known", wavFile(format(1, 1, 16000, 16), "data"+le32(-1)+le16(1)+le16(-2)+le16(300)), mono16},
		{"sizes not known", "RIFF" + le32(0) + "WAVE" + format(1, 1, 16000, 16) + "data" + le32(0) + le16(1) + le16(-2) + le16(300), mono16},
		{"half a stereo sample at the end", wavFile(format(1, 2, 16000, 16), chunk("data", le16(1)+le16(2)+le16(3))),
			audio.PCM{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: []int16{1, 2}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := audio.ReadWAV(strings.NewReader(tc.file))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
			slow := struct {
				io.Reader
				io.Seeker
			}{}
			r := strings.NewReader(tc.file)
			slow.Reader, slow.Seeker = iotest.OneByteReader(r), r
			if got, err := audio.ReadWAV(slow); err != nil || !cmp.Equal(tc.want, got) {
				t.Errorf("byte by byte: %v, %v", got, err)
			}
		})
	}
}

func TestReadWAVRefuses(t *testing.T) {
	data := chunk("data", "\x01\x00\x02\x00")
	for _, tc := range []struct{ name, file, says string }{
		{"nothing", "", "too short"},
		{"an MP3", "ID3\x04" + strings.Repeat("\x00", 100), "not with RIFF"},
		{"AVI", "RIFF" + le32(4) + "AVI " + data, "not with RIFF"},
		{"no chunks", wavFile(), "ends before the samples"},
		{"no samples chunk", wavFile(format(1, 1, 16000, 16)), "ends before the samples"},
		{"samples first", wavFile(data, format(1, 1, 16000, 16)), "before the chunk that tells"},
		{"no samples", wavFile(format(1, 1, 16000, 16), chunk("data", ""), chunk("LIST", "INFO")), "no samples"},
		{"float", wavFile(format(3, 1, 16000, 32), data), "floating point"},
		{"float in extensible", wavFile(format(0xfffe, 1, 16000, 32, extensible(3)), data), "floating point"},
		{"mu-law", wavFile(format(7, 1, 8000, 8), data), "mu-law"},
		{"A-law", wavFile(format(6, 1, 8000, 8), data), "A-law"},
		{"MP3 in WAV", wavFile(format(0x55, 1, 8000, 16), data), "MP3"},
		{"GSM", wavFile(format(0x31, 1, 8000, 16), data), "0x0031"},
		{"12 bits", wavFile(format(1, 1, 8000, 12), data), "12 bits"},
		{"no bits", wavFile(format(1, 1, 8000, 0), data), "0 bits"},
		{"no channels", wavFile(format(1, 0, 8000, 16), data), "0 channels"},
		{"65535 channels", wavFile(format(1, 65535, 8000, 16), data), "65535 channels"},
		{"no rate", wavFile(format(1, 1, 0, 16), data), "0 samples per second"},
		{"absurd rate", wavFile(format(1, 1, -1, 16), data), "4294967295 samples per second"},
		{"short format", wavFile(chunk("fmt ", "\x01\x00"), data), "2 bytes"},
		{"format of 4 GiB", wavFile("fmt " + le32(-2) + strings.Repeat("\x01\x00", 20)), "RIFF"},
		{"chunk of 4 GiB", wavFile("junk" + le32(-1) + "..."), "ends before the samples"},
		{"cut off in the format", wavFile("fmt " + le32(16) + "\x01\x00"), "within the format"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := audio.ReadWAV(strings.NewReader(tc.file))
			if !errors.Is(err, audio.ErrWAV) {
				t.Fatalf("%v, want ErrWAV", err)
			}
			if tc.says != "RIFF" && !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%q does not say %q", err, tc.says)
			}
		})
	}
	broken := errors.New("disk on fire")
	if _, err := audio.ReadWAV(struct {
		io.Reader
		io.Seeker
	}{iotest.ErrReader(broken), nil}); !errors.Is(err, broken) || errors.Is(err, audio.ErrWAV) {
		t.Errorf("a failure to read gives %v", err)
	}
}

func TestWAVRoundTrip(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "call.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := audio.PCM{Format: audio.Format{Rate: 16000, Channels: 2}, Samples: []int16{1, -1, math.MaxInt16, math.MinInt16, 0, 7}}
	w, err := audio.NewWAVWriter(f, want.Format)
	if err != nil {
		t.Fatal(err)
	}
	read := func() audio.PCM {
		t.Helper()
		r, err := os.Open(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		pcm, err := audio.ReadWAV(r)
		if err != nil {
			t.Fatal(err)
		}
		return pcm
	}
	for i := 0; i < len(want.Samples); i += 2 {
		if err := w.Write(audio.PCM{Format: want.Format, Samples: want.Samples[i : i+2]}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("before Close: %s", diff)
	}
	if err := errors.Join(w.Close(), w.Close()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Error(diff)
	}
	raw, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	plain := wavFile(format(1, 2, 16000, 16), chunk("data", string(raw[44:])))
	if diff := cmp.Diff([]byte(plain), raw); diff != "" {
		t.Errorf("the file is not plain: %s", diff)
	}
	if err := w.Write(want); err == nil {
		t.Error("Write after Close works")
	}
}

func TestWAVWriterRefuses(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.wav"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, bad := range []audio.Format{{}, {Rate: 16000}, {Rate: -1, Channels: 1}, {Rate: 16000, Channels: 100}} {
		if _, err := audio.NewWAVWriter(f, bad); !errors.Is(err, audio.ErrFormat) {
			t.Errorf("%v: %v, want ErrFormat", bad, err)
		}
	}
	w, err := audio.NewWAVWriter(f, audio.Format{Rate: 8000, Channels: 2})
	if err != nil {
		t.Fatal(err)
	}
	for _, bad := range []audio.PCM{
		{Format: audio.Mono(8000), Samples: make([]int16, 2)},
		{Format: audio.Format{Rate: 16000, Channels: 2}},
		{Format: audio.Format{Rate: 8000, Channels: 2}, Samples: make([]int16, 3)},
	} {
		if err := w.Write(bad); !errors.Is(err, audio.ErrFormat) {
			t.Errorf("%d samples of %v: %v, want ErrFormat", len(bad.Samples), bad.Format, err)
		}
	}
}

func FuzzReadWAV(f *testing.F) {
	f.Add([]byte(wavFile(format(1, 1, 16000, 16), chunk("data", "\x01\x00\x02\x00"))))
	f.Add([]byte(wavFile(format(1, 2, 8000, 8), chunk("LIST", "INFO"), chunk("data", "\x01\x00\x02"))))
	f.Add([]byte(wavFile(format(0xfffe, 1, 48000, 24, extensible(1)), chunk("data", "\x01\x00\x02\x00\x00\x00"))))
	f.Add([]byte(wavFile(format(3, 1, 16000, 32), "data"+le32(-1))))
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, err := audio.ReadWAV(bytes.NewReader(file))
		if err != nil {
			return
		}
		if pcm.Len() < 1 || pcm.Len()*pcm.Channels != len(pcm.Samples) || len(pcm.Samples) > len(file) {
			t.Errorf("%d samples of %v out of %d bytes", len(pcm.Samples), pcm.Format, len(file))
		}
	})
}

func ExampleStereo() {
	caller, err := audio.NewTrack(16000, 16000*60)
	if err != nil {
		fmt.Println(err)
		return
	}
	// One second into the call the caller says something for 20 ms.
	if err := caller.Put(16000, audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 320)}); err != nil {
		fmt.Println(err)
		return
	}
	bot := audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 8000)}
	call, err := audio.Stereo(caller.PCM(), bot)
	fmt.Println(call.Format, call.Duration(), err)
	// Output: 16000 Hz stereo 1.02s <nil>
}
