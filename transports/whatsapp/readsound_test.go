package whatsapp_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/transports/whatsapp"
)

// tuner is a whatsapp.SoundDecoder of files that say how many seconds of a tone they are: "tone 2s".
type tuner struct{}

func (tuner) DecodeSound(ctx context.Context, data []byte, f audio.Format, limit time.Duration) (audio.PCM, error) {
	name, length, _ := bytes.Cut(data, []byte(" "))
	d, err := time.ParseDuration(string(length))
	switch {
	case string(name) == "stuck":
		<-ctx.Done()
		return audio.PCM{}, context.Cause(ctx)
	case string(name) == "mute":
		return audio.PCM{Format: f}, nil
	case string(name) != "tone" && string(name) != "RIFF", err != nil:
		return audio.PCM{}, errors.New("tuner: this is no tone")
	}
	return sound(f.Rate, min(d, limit).Seconds()), nil
}

// Recordings of other forms, and the sound of videos, are heard if there is a decoder for them.
func TestSoundOfOtherForms(t *testing.T) {
	t.Parallel()
	caption := map[string]any{"caption": "Is it true?"}
	on := func(c *whatsapp.Config) { c.Sounds = tuner{} }
	const vorbis = "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xe2`\xe2j\x01\x07\x01vorbis"
	for _, tt := range []struct {
		name, kind, mime, file string
		more                   map[string]any
		change                 func(*whatsapp.Config)
		want                   string
	}{
		{"mp3", "audio", "audio/mpeg", "tone 2s", nil, on, "You said: [The user sent a recording. It says:]\nHi"},
		{"a voice note of another form", "audio", "audio/amr", "tone 2s", map[string]any{"voice": true}, on, "You said: Hi"},
		{"a WAV file of another codec", "audio", "audio/wav", "RIFF 1s", nil, on, "You said: [The user sent a recording. It says:]\nHi"},
		{"as a document", "document", "audio/mp4", "tone 2s", map[string]any{"filename": "talk.m4a", "caption": "Is it true?"}, on, "You said: [The user sent a recording. It says:]\nHi\nIs it true?"},
		{"too long", "audio", "audio/mpeg", "tone 4s", nil, on, "Sorry, your recording is too long: I can listen to 3 seconds at most."},
		{"as long as may be", "audio", "audio/mpeg", "tone 3s", nil, on, "You said: [The user sent a recording. It says:]\nHi"},
		{"damaged", "audio", "audio/mpeg", "noise", nil, on, "Sorry, your recording seems to be damaged: I cannot open it. Please send it again."},
		{"no Ogg file", "audio", "audio/ogg; codecs=opus", "<html>", map[string]any{"voice": true}, nil, "Sorry, your voice note seems to be damaged: I cannot open it. Please send it again."},
		{"no WAV file", "audio", "audio/wav", "noise", nil, nil, "Sorry, your recording seems to be damaged: I cannot open it. Please send it again."},
		{"Ogg with something else", "audio", "audio/ogg", vorbis, nil, nil, "Sorry, I cannot read your recording, since it is of the type audio/ogg (not Opus). Please send it in another form, or write to me."},
		{"without sound", "audio", "audio/mp4", "mute", nil, on, "Sorry, I could not understand your recording. Please say it again, or write to me."},
		{"no decoder", "audio", "audio/mpeg", "tone 2s", nil, nil, "Sorry, I cannot read your recording, since it is of the type audio/mpeg. Please send it in another form, or write to me."},
		{"video", "video", "video/mp4", "tone 2s", nil, on, "You said: [The user sent a video, which you cannot watch. In it is said:]\nHi"},
		{"video with a caption", "video", "video/3gpp", "tone 2s", caption, on, "You said: [The user sent a video, which you cannot watch. In it is said:]\nHi\n[The user wrote below it:]\nIs it true?"},
		{"video as a document", "document", "video/mp4", "tone 2s", nil, on, "You said: [The user sent a video, which you cannot watch. In it is said:]\nHi"},
		{"silent video", "video", "video/mp4", "mute", nil, on, "Sorry, I cannot watch videos. Please tell me in words what it is about."},
		{"silent video with a caption", "video", "video/mp4", "mute", caption, on, "You said: [The user sent a video, which you cannot watch, and wrote below it:]\nIs it true?"},
		{"damaged video with a caption", "video", "video/mp4", "noise", caption, on, "You said: [The user sent a video, which you cannot watch, and wrote below it:]\nIs it true?"},
		{"long video", "video", "video/mp4", "tone 4s", nil, on, "Sorry, your video is too long: I can listen to 3 seconds at most."},
		{"video sound off", "video", "video/mp4", "tone 2s", caption, func(c *whatsapp.Config) { c.Sounds, c.NoVideoSound = tuner{}, true },
			"You said: [The user sent a video, which you cannot watch, and wrote below it:]\nIs it true?"},
		{"video without an STT", "video", "video/mp4", "tone 2s", caption, func(c *whatsapp.Config) { c.Sounds, c.STT = tuner{}, nil },
			"You said: [The user sent a video, which you cannot watch, and wrote below it:]\nIs it true?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, func(c *whatsapp.Config) {
				c.STT, c.MaxVoice = &typist{hears: "Hi"}, 3*time.Second
				if tt.change != nil {
					tt.change(c)
				}
			})
			r.bot.OnMessage(writes(echoModel()))
			_, err := r.meta.SendFile(r.ctx(), ada, tt.kind, tt.mime, []byte(tt.file), tt.more)
			must(t, err)
			if got := r.reply(ada); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// A decoder that does not get on costs its own message: the turn ends at its limit, and the next is answered.
func TestADecoderThatIsStuck(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(c *whatsapp.Config) {
		c.STT, c.Sounds, c.MessageTimeout = &typist{hears: "Hi"}, tuner{}, time.Second
	})
	r.bot.OnMessage(writes(echoModel()))
	_, err := r.meta.SendFile(r.ctx(), ada, "audio", "audio/mpeg", []byte("stuck"), nil)
	must(t, err)
	if got := r.reply(ada); !strings.HasPrefix(got, "Sorry, something went wrong") {
		t.Errorf("%q, want an apology", got)
	}
	r.write(ada, "still there?")
	if got := r.reply(ada); got != "You said: still there?" {
		t.Errorf("then %q", got)
	}
}
