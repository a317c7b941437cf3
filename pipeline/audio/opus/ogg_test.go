package opus_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/ogg"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

func pcmOf(rate int, samples []int16) audio.PCM {
	return audio.PCM{Format: audio.Mono(rate), Samples: samples}
}

func noteOf(t testing.TB, rate, samples int, opts ...opus.Option) []byte {
	t.Helper()
	file, err := opus.EncodeOgg(pcmOf(rate, voice(rate, samples)), opts...)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A voice note comes back with the same length to the sample, and at the same time.
func TestOggRoundTrip(t *testing.T) {
	for _, rate := range rates {
		for _, samples := range []int{0, 1, rate / 50, rate/50 - 1, rate, rate + rate/100 + 7} {
			t.Run(fmt.Sprintf("%d/%d", rate, samples), func(t *testing.T) {
				got, err := opus.DecodeOgg(bytes.NewReader(noteOf(t, rate, samples)), rate, 0)
				if err != nil {
					t.Fatal(err)
				}
				if got.Format != audio.Mono(rate) || len(got.Samples) != samples {
					t.Fatalf("%d samples of %v, want %d", len(got.Samples), got.Format, samples)
				}
				if samples < rate {
					return
				}
				// The same correlation must not be had by moving one of them by 2 ms or more.
				want, move := voice(rate, samples), rate/500
				here := correlation(want, got.Samples, 1)
				if here < 0.8 || correlation(want[move:], got.Samples, 1) > here || correlation(want, got.Samples[move:], 1) > here {
					t.Errorf("correlation %.3f, %.3f later, %.3f earlier", here, correlation(want[move:], got.Samples, 1), correlation(want, got.Samples[move:], 1))
				}
			})
		}
	}
}

func TestEncodeOggTakesAnyAudio(t *testing.T) {
	stereo, err := audio.Stereo(pcmOf(44100, voice(44100, 44100)), pcmOf(44100, voice(44100, 44100)))
	if err != nil {
		t.Fatal(err)
	}
	for _, pcm := range []audio.PCM{stereo, pcmOf(22050, voice(22050, 22050)), pcmOf(11025, voice(11025, 11025))} {
		file, err := opus.EncodeOgg(pcm)
		if err != nil {
			t.Fatal(pcm.Format, err)
		}
		got, err := opus.DecodeOgg(bytes.NewReader(file), 16000, time.Minute)
		if err != nil {
			t.Fatal(pcm.Format, err)
		}
		if d := got.Duration() - time.Second; d.Abs() > 2*time.Millisecond {
			t.Errorf("%v: %v, want a second", pcm.Format, got.Duration())
		}
		if c := correlation(voice(16000, 16000), got.Samples, 100); c < 0.8 {
			t.Errorf("%v: correlation %.3f", pcm.Format, c)
		}
	}
	if _, err := opus.EncodeOgg(audio.PCM{}); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("audio without a format: %v", err)
	}
}

// A note with DTX, as telephones record them, has packets of one byte in its pauses.
func TestOggWithDTX(t *testing.T) {
	quiet := append(voice(16000, 16000), make([]int16, 48000)...)
	file, err := opus.EncodeOgg(pcmOf(16000, append(quiet, voice(16000, 16000)...)), opus.WithDTX(true))
	if err != nil {
		t.Fatal(err)
	}
	got, err := opus.DecodeOgg(bytes.NewReader(file), 16000, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 80000 {
		t.Errorf("%d samples, want 80000", len(got.Samples))
	}
	if p := power(got.Samples[32000:60000]); p > 100 {
		t.Errorf("the pause has power %.0f", p)
	}
	if c := correlation(voice(16000, 16000), got.Samples[64000:], 100); c < 0.6 { // the encoder needs a moment to find back
		t.Errorf("correlation %.3f behind the pause", c)
	}
}

func TestDecodeOggJoinedFiles(t *testing.T) {
	joined := append(noteOf(t, 16000, 16000), noteOf(t, 48000, 48000)...)
	joined = append(joined, "and something else"...)
	got, err := opus.DecodeOgg(bytes.NewReader(joined), 16000, 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 32000 {
		t.Fatalf("%d samples, want 32000", len(got.Samples))
	}
	if c := correlation(voice(16000, 16000), got.Samples[16000:], 1); c < 0.8 {
		t.Errorf("correlation %.3f in the second", c)
	}
}

// write makes a file of packets with a head and a padding of the caller's choice.
func write(t *testing.T, h ogg.Head, padding int, stream [][]byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := ogg.NewWriter(&file, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range stream {
		if err := w.WritePacket(p, 960); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(padding); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestDecodeOggGain(t *testing.T) {
	stream := packets(t, 16000, voice(16000, 16000))
	decode := func(gain int) float64 {
		pcm, err := opus.DecodeOgg(bytes.NewReader(write(t, ogg.Head{Channels: 1, Gain: gain}, 0, stream)), 16000, 0)
		if err != nil {
			t.Fatal(err)
		}
		return power(pcm.Samples)
	}
	if r := decode(-6*256) / decode(0); r < 0.24 || r > 0.26 {
		t.Errorf("-6 dB makes the power %.3f of what it was, want 0.25", r)
	}
	if decode(30*256) < decode(0) {
		t.Error("30 dB made it softer: it must saturate")
	}
}

func TestDecodeOggLimits(t *testing.T) {
	stream := packets(t, 16000, voice(16000, 16000))
	for _, tc := range []struct {
		name string
		head ogg.Head
		pad  int
		max  time.Duration
		want int
		err  error
	}{
		{"all", ogg.Head{Channels: 1}, 0, time.Second, 16000, nil},
		{"one packet too many", ogg.Head{Channels: 1}, 0, 999 * time.Millisecond, 0, opus.ErrTooLong},
		{"everything is skipped", ogg.Head{Channels: 1, PreSkip: 65535}, 0, 0, 0, nil},
		{"everything is padding", ogg.Head{Channels: 1}, 48000, 0, 0, nil},
		{"both", ogg.Head{Channels: 1, PreSkip: 24000}, 24000, 0, 0, nil},
		{"stereo", ogg.Head{Channels: 2}, 0, 0, 16000, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := opus.DecodeOgg(bytes.NewReader(write(t, tc.head, tc.pad, stream)), 16000, tc.max)
			if !errors.Is(err, tc.err) || len(got.Samples) != tc.want {
				t.Errorf("%d samples, %v; want %d, %v", len(got.Samples), err, tc.want, tc.err)
			}
		})
	}
}

func TestDecodeOggBadInput(t *testing.T) {
	good := noteOf(t, 16000, 32000)
	damaged := bytes.Clone(good)
	damaged[len(damaged)/2] ^= 1
	for _, tc := range []struct {
		name string
		file []byte
		rate int
		want error
	}{
		{"rate", good, 44100, opus.ErrRate},
		{"empty", nil, 16000, ogg.ErrOgg},
		{"text", []byte("this is not a voice note, it is a sentence"), 16000, ogg.ErrOgg},
		{"only headers, cut", good[:60], 16000, ogg.ErrTruncated},
		{"damaged", damaged, 16000, ogg.ErrOgg},
		{"no Opus in the packets", write(t, ogg.Head{Channels: 1}, 0, [][]byte{{3, 0}}), 16000, opus.ErrPacket},
	} {
		if _, err := opus.DecodeOgg(bytes.NewReader(tc.file), tc.rate, 0); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	got, err := opus.DecodeOgg(bytes.NewReader(good[:len(good)-5]), 16000, 0)
	if err != nil || len(got.Samples) < 12000 {
		t.Errorf("a file that was cut off: %d samples, %v; want what is there", len(got.Samples), err)
	}
}

// failing refuses to take anything after some bytes.
type failing struct{ room int }

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(b), nil
}

func TestOggWriterFails(t *testing.T) {
	if _, err := opus.NewOggWriter(&failing{}, 16000); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("no room for the header: %v", err)
	}
	if _, err := opus.NewOggWriter(io.Discard, 44100); !errors.Is(err, opus.ErrRate) {
		t.Errorf("a rate that Opus does not have: %v", err)
	}
	w, err := opus.NewOggWriter(&failing{room: 500}, 16000)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(voice(16000, 48000)); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("no room for audio: %v", err)
	}
	if err := w.Close(); err == nil {
		t.Error("Close reports success")
	}
	if err := w.Write(make([]int16, 320)); !errors.Is(err, opus.ErrFrameSize) {
		t.Errorf("Write behind Close: %v", err)
	}
}

func FuzzDecodeOgg(f *testing.F) {
	f.Add(noteOf(f, 16000, 16000))
	f.Add(noteOf(f, 48000, 100))
	f.Add(append(noteOf(f, 16000, 320), noteOf(f, 8000, 160)...))
	f.Fuzz(func(t *testing.T, file []byte) {
		pcm, err := opus.DecodeOgg(bytes.NewReader(file), 16000, 10*time.Second)
		if err != nil {
			for _, known := range []error{ogg.ErrOgg, ogg.ErrTruncated, opus.ErrPacket, opus.ErrTooLong} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("unexpected error: %v", err)
		}
		if len(pcm.Samples) > 160000 {
			t.Fatalf("%d samples, more than the limit", len(pcm.Samples))
		}
	})
}
