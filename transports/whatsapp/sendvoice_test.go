package whatsapp_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp"
	"github.com/parley-voice/parley/transports/whatsapp/whatsapptest"
)

// typist is a services.STT that hears the same words in everything that is not silence.
type typist struct {
	hears string
	fault error
	mu    sync.Mutex
	heard []time.Duration
}

func (s *typist) Open(_ context.Context, f audio.Format) (services.Transcription, error) {
	if f != audio.Mono(16000) {
		return nil, &services.ErrFormat{Engine: "typist", Got: f, Want: "16000 Hz mono"}
	}
	return &typed{typist: s, results: make(chan services.Result, 1)}, nil
}

type typed struct {
	typist  *typist
	pcm     []int16
	results chan services.Result
}

func (n *typed) Write(pcm audio.PCM) error {
	n.pcm = append(n.pcm, pcm.Samples...)
	return nil
}

func (n *typed) Flush() error {
	pcm := audio.PCM{Format: audio.Mono(16000), Samples: n.pcm}
	n.typist.mu.Lock()
	n.typist.heard = append(n.typist.heard, pcm.Duration())
	n.typist.mu.Unlock()
	r := services.Result{End: len(n.pcm), Final: true, Err: n.typist.fault}
	if slices.Max(n.pcm) > 1000 {
		r.Text = n.typist.hears
	}
	n.results <- r
	return nil
}

func (n *typed) Results() <-chan services.Result { return n.results }
func (n *typed) Close() error                    { return nil }

// sound is a tone of so many seconds.
func sound(rate int, seconds float64) audio.PCM {
	samples := make([]int16, int(seconds*float64(rate)))
	for i := range samples {
		samples[i] = int16(8000 * math.Sin(2*math.Pi*300*float64(i)/float64(rate)))
	}
	return audio.PCM{Format: audio.Mono(rate), Samples: samples}
}

func TestAVoiceNoteIsHeardAndAnswered(t *testing.T) {
	t.Parallel()
	for _, user := range []whatsapptest.User{ada, {ID: "US.777", Name: "Eve", Hidden: true}} {
		stt := &typist{hears: "Hello there"}
		r := newRig(t, func(c *whatsapp.Config) { c.STT = stt })
		voice := make(chan bool, 1)
		m := echoModel()
		answer := writes(m)
		r.bot.OnMessage(func(ctx context.Context, msg *whatsapp.Message) error {
			voice <- msg.Voice()
			err := answer(ctx, msg)
			said := msg.Conversation().Snapshot().Messages
			if len(said) == 0 || said[0].Via != "voice" || len(said[0].Refs) != 1 || said[0].Refs[0] != msg.ID() {
				t.Errorf("the conversation is %+v", said)
			}
			return err
		})
		_, err := r.meta.SendVoiceNote(r.ctx(), user, sound(24000, 2.5))
		must(t, err)
		if got := r.reply(user); got != "You said: Hello there" {
			t.Errorf("the answer is %q", got)
		}
		select {
		case is := <-voice:
			if !is {
				t.Error("the message is not said to be a voice note")
			}
		default:
			t.Error("the handler was not called")
		}
		if d := stt.heard; len(d) != 1 || d[0] != 2500*time.Millisecond {
			t.Errorf("heard %v, want 2.5 s", d)
		}
	}
}

func TestRecordingsThatCannotBeHeard(t *testing.T) {
	t.Parallel()
	note, err := whatsapptest.VoiceNote(sound(16000, 1))
	must(t, err)
	wav := newFile()
	must(t, audio.WriteWAV(wav, sound(44100, 1)))
	long, err := opus.EncodeOgg(sound(16000, 4))
	must(t, err)
	quiet, err := whatsapptest.VoiceNote(audio.PCM{Format: audio.Mono(16000), Samples: make([]int16, 16000)})
	must(t, err)
	damaged := append([]byte(nil), note...)
	damaged[len(damaged)/2] ^= 1
	voice := map[string]any{"voice": true}
	for _, tt := range []struct {
		name, mime string
		file       []byte
		more       map[string]any
		stt        services.STT
		want       string
	}{
		{"a voice note", "audio/ogg; codecs=opus", note, voice, &typist{hears: "Hi"}, "You said: Hi"},
		{"a recording", "audio/wav", wav.data, nil, &typist{hears: "Hi"}, "You said: [The user sent a recording. It says:]\nHi"},
		{"no engine", "audio/ogg", note, voice, nil, "cannot listen"},
		{"silence", "audio/ogg", quiet, voice, &typist{hears: "Hi"}, "could not understand your voice note"},
		{"too long", "audio/ogg", long, nil, &typist{hears: "Hi"}, "your recording is too long: I can listen to 3 seconds"},
		{"damaged", "audio/ogg", damaged, voice, &typist{hears: "Hi"}, "your voice note seems to be damaged"},
		{"another codec", "audio/amr", []byte("#!AMR\n and more"), nil, &typist{hears: "Hi"}, "your recording, since it is of the type audio/amr"},
		{"Vorbis", "audio/ogg", vorbis(), nil, &typist{hears: "Hi"}, "your recording, since it is of the type audio/ogg"},
		{"empty", "audio/ogg", nil, voice, &typist{hears: "Hi"}, "seems to be damaged"},
		{"another sum", "audio/ogg", note, map[string]any{"sha256": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, &typist{hears: "Hi"}, "seems to be damaged"},
		{"too large", "audio/wav", make([]byte, 200001), nil, &typist{hears: "Hi"}, "your recording is too large: I can take up to 195 kB"},
		{"gone", "audio/ogg", note, map[string]any{"id": "123"}, &typist{hears: "Hi"}, "could not get your recording"},
		{"the engine fails", "audio/ogg", note, voice, &typist{fault: errors.New("no")}, pardon},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) {
				c.STT, c.MaxVoice, c.MaxFileBytes, c.Texts.Apology = tt.stt, 3*time.Second, 200000, pardon
			})
			r.bot.OnMessage(writes(echoModel()))
			_, err := r.meta.SendFile(r.ctx(), ada, "audio", tt.mime, tt.file, tt.more)
			must(t, err)
			if got := r.reply(ada); !strings.Contains(got, tt.want) {
				t.Errorf("%q, want %q", got, tt.want)
			}
			r.write(ada, "still there?") // the next message is answered
			if got := r.reply(ada); got != "You said: still there?" {
				t.Errorf("then %q", got)
			}
		})
	}
}

// A voice note and a text that come together are one turn, in their order, although the note takes longer to read.
func TestAVoiceNoteIsPartOfABurst(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.STT, c.Debounce, c.DebounceLimit = &typist{hears: "spoken"}, time.Second, 3*time.Second
	})
	m := echoModel()
	r.bot.OnMessage(writes(m))
	r.write(ada, "first")
	_, err := r.meta.SendVoiceNote(r.ctx(), ada, sound(16000, 1))
	must(t, err)
	r.write(ada, "last")
	if d := cmp.Diff("You said: first\nspoken\nlast", r.reply(ada)); d != "" {
		t.Error(d)
	}
}

// memoryFile is a file for audio.WriteWAV.
type memoryFile struct {
	data []byte
	at   int
}

func newFile() *memoryFile { return &memoryFile{} }

func (f *memoryFile) Write(b []byte) (int, error) {
	if more := f.at + len(b) - len(f.data); more > 0 {
		f.data = append(f.data, make([]byte, more)...)
	}
	f.at += copy(f.data[f.at:], b)
	return len(b), nil
}

func (f *memoryFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case 0:
		f.at = int(offset)
	case 1:
		f.at += int(offset)
	default:
		f.at = len(f.data) + int(offset)
	}
	return int64(f.at), nil
}

// vorbis is the first page of an Ogg file with another codec; its sum is right.
func vorbis() []byte {
	page := append([]byte("OggS\x00\x02"), make([]byte, 20)...)
	page = append(page, 1, 7)
	page = append(page, "\x01vorbis"...)
	sum := uint32(0)
	for _, b := range page {
		sum ^= uint32(b) << 24
		for range 8 {
			carry := sum&(1<<31) != 0
			if sum <<= 1; carry {
				sum ^= 0x04c11db7
			}
		}
	}
	page[22], page[23], page[24], page[25] = byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24)
	return page
}

const pardon = "Pardon?"
