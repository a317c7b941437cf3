package ffmpeg_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services/ffmpeg"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var hearing = audio.Mono(16000)

// find returns the decoder, or skips the test where the program is not installed.
func find(t testing.TB) *ffmpeg.Decoder {
	t.Helper()
	d, err := ffmpeg.Find()
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	return d
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// pitch is how often the sound swings in a second, whatever little noise there is.
func pitch(pcm audio.PCM) int {
	n, high := 0, true
	for _, s := range pcm.Samples {
		if high && s < -2000 {
			high = false
		}
		if !high && s > 2000 {
			high = true
			n++
		}
	}
	return int(float64(n)/pcm.Duration().Seconds() + 0.5)
}

// Every form of sound that WhatsApp knows, and some that it does not, is heard.
func TestForms(t *testing.T) {
	t.Parallel()
	d := find(t)
	for _, name := range []string{"tone.mp3", "tone.m4a", "tone.aac", "tone.amr", "tone.flac", "film.mp4", "film.3gp"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pcm, err := d.DecodeSound(t.Context(), read(t, name), hearing, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			if got := pcm.Duration(); pcm.Format != hearing || got < 900*time.Millisecond || got > 1200*time.Millisecond {
				t.Errorf("%v of %v, want a second", got, pcm.Format)
			}
			if got := pitch(pcm); got < 270 || got > 310 { // the ends are silent in some
				t.Errorf("a tone of %d Hz, want 300", got)
			}
		})
	}
}

func TestWhatIsNotHeard(t *testing.T) {
	t.Parallel()
	d := find(t)
	if pcm, err := d.DecodeSound(t.Context(), read(t, "silent.mp4"), hearing, time.Minute); err != nil || pcm.Len() != 0 {
		t.Errorf("a silent film has %v of sound, %v", pcm.Duration(), err)
	}
	if pcm, err := d.DecodeSound(t.Context(), read(t, "tone.mp3"), hearing, 250*time.Millisecond); err != nil || pcm.Duration() != 250*time.Millisecond {
		t.Errorf("of a limit of 0.25 s it decodes %v, %v", pcm.Duration(), err)
	}
	secret := filepath.Join(t.TempDir(), "secret.wav")
	if err := os.WriteFile(secret, read(t, "tone.mp3"), 0o600); err != nil {
		t.Fatal(err)
	}
	m4a := read(t, "tone.m4a")
	for name, data := range map[string][]byte{
		"nothing":                 nil,
		"words":                   []byte(strings.Repeat("This is no sound. ", 1000)),
		"half of an M4A":          m4a[:len(m4a)/2],
		"a list of files":         []byte("ffconcat version 1.0\nfile '" + secret + "'\n"),
		"a playlist":              []byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://" + secret + "\n#EXT-X-ENDLIST\n"),
		"a playlist of the world": []byte("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n"),
	} {
		pcm, err := d.DecodeSound(t.Context(), data, hearing, time.Minute)
		if !errors.Is(err, ffmpeg.ErrSound) || pcm.Len() > 0 {
			t.Errorf("%s: %v of sound, %v, want ErrSound", name, pcm.Duration(), err)
		}
	}
}

// script makes a program that stands in for ffmpeg.
func script(t *testing.T, lines string) *ffmpeg.Decoder {
	t.Helper()
	if _, err := os.Stat("/bin/sh"); err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	path := filepath.Join(t.TempDir(), "ffmpeg")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+lines+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return ffmpeg.New(path)
}

// Whatever the program does, it ends with the context, and its children too.
func TestTheContextEndsIt(t *testing.T) {
	t.Parallel()
	d := script(t, "sleep 600 & wait")
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(100*time.Millisecond, func() { cancel(reason) })
	began := time.Now()
	_, err := d.DecodeSound(ctx, make([]byte, 4<<20), hearing, time.Minute)
	if !errors.Is(err, reason) {
		t.Errorf("%v, want %v", err, reason)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it ended after %v", took)
	}
}

// A program that misbehaves is an error and fills no memory.
func TestAProgramThatMisbehaves(t *testing.T) {
	t.Setenv("FFMPEG_TEST_SECRET", "token")
	for name, tt := range map[string]struct{ lines, want string }{
		"it fails silently": {"exit 3", "it did not say why"},
		"it complains":      {"echo one >&2; echo 'no such thing' >&2; exit 1", "no such thing"},
		"it shouts":         {"head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1", "xxx"},
		"it is killed":      {"kill -9 $$", "killed"},
		"it knows a secret": {"[ -z \"$FFMPEG_TEST_SECRET\" ] || exit 0; echo no secret >&2; exit 1", "no secret"},
	} {
		_, err := script(t, tt.lines).DecodeSound(t.Context(), []byte("data"), hearing, time.Second)
		if !errors.Is(err, ffmpeg.ErrSound) || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 500 {
			t.Errorf("%s: %.200v", name, err)
		}
	}
	pcm, err := script(t, "head -c 100000000 /dev/zero").DecodeSound(t.Context(), nil, hearing, time.Second)
	if err != nil || pcm.Duration() != time.Second {
		t.Errorf("of an endless sound it takes %v, %v", pcm.Duration(), err)
	}
	if _, err := ffmpeg.New(filepath.Join(t.TempDir(), "none")).DecodeSound(t.Context(), nil, hearing, time.Second); err == nil || errors.Is(err, ffmpeg.ErrSound) {
		t.Errorf("a program that is not there: %v", err)
	}
}

func TestFindSaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if d, err := ffmpeg.Find(); d != nil || !errors.Is(err, ffmpeg.ErrMissing) {
		t.Errorf("%v, %v", d, err)
	}
}

// Whatever the bytes, decoding ends with sound of at most the limit or a known error.
func FuzzDecodeSound(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) < 8 {
		f.Fatalf("%q, %v", files, err)
	}
	for _, name := range files {
		if !strings.HasSuffix(name, ".py") {
			f.Add(read(f, filepath.Base(name)))
		}
	}
	d := find(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		pcm, err := d.DecodeSound(t.Context(), bytes.Clone(data), hearing, 5*time.Second)
		if err != nil && !errors.Is(err, ffmpeg.ErrSound) {
			t.Error(err)
		}
		if pcm.Duration() > 5*time.Second {
			t.Errorf("%v of sound", pcm.Duration())
		}
	})
}
