package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"mime"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/ogg"
	"github.com/parley-voice/parley/pipeline/audio/opus"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// hearingRate is what engines for speech want, in samples per second.
const hearingRate = 16000

var (
	errUnknownSound = errors.New("whatsapp: neither Ogg with Opus nor WAV")
	errLongSound    = errors.New("whatsapp: the recording is too long")
)

// hear turns a voice note or another recording into text.
func (b *Bot) hear(ctx context.Context, m *Message, e *webhook.Message) *content {
	texts := &b.cfg.Texts.Media
	if b.cfg.STT == nil {
		return &content{notice: texts.NoVoice}
	}
	return b.fetch(ctx, b.hearing, m, e, func(data []byte) *content {
		pcm, err := decodeSound(data, b.cfg.MaxVoice)
		what := nameOf(e)
		switch {
		case errors.Is(err, errLongSound):
			return &content{notice: fill(texts.TooLong, "what", what, "limit", spoken(b.cfg.MaxVoice))}
		case errors.Is(err, errUnknownSound):
			m.log.Info("a recording is of an unknown type", "mime", e.Media.MIMEType)
			return &content{notice: fill(texts.Unknown, "what", what, "type", plainType(e.Media.MIMEType))}
		case err != nil:
			m.log.Warn("a recording is damaged", "mime", e.Media.MIMEType, "err", err)
			return &content{notice: fill(texts.Damaged, "what", what)}
		}
		began := time.Now()
		text, err := services.Transcribe(ctx, b.cfg.STT, pcm)
		m.log.Debug("a recording was transcribed", "duration", pcm.Duration(), "took", time.Since(began))
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			m.log.Error("a recording could not be transcribed", "err", err)
			return &content{notice: b.cfg.Texts.Apology}
		case blank(text):
			return &content{notice: fill(texts.NoWords, "what", what)}
		case e.Media.Voice:
			return &content{text: text, voice: true}
		}
		return &content{text: note("The user sent a recording. It says:") + "\n" + text}
	})
}

// decodeSound reads a file of sound, whatever it claims to be, into what engines for speech want.
func decodeSound(data []byte, limit time.Duration) (audio.PCM, error) {
	switch {
	case bytes.HasPrefix(data, []byte("OggS")):
		pcm, err := opus.DecodeOgg(bytes.NewReader(data), hearingRate, limit)
		if errors.Is(err, opus.ErrTooLong) {
			return pcm, errLongSound
		}
		if errors.Is(err, ogg.ErrCodec) {
			return pcm, errUnknownSound
		}
		return pcm, err
	case bytes.HasPrefix(data, []byte("RIFF")):
		pcm, err := audio.ReadWAV(bytes.NewReader(data))
		if err != nil {
			return pcm, err
		}
		if pcm.Duration() > limit {
			return pcm, errLongSound
		}
		return audio.Resample(pcm.Mono(), hearingRate)
	}
	return audio.PCM{}, errUnknownSound
}

// plainType is a MIME type without parameters, for people.
func plainType(mimeType string) string {
	if t, _, err := mime.ParseMediaType(mimeType); err == nil {
		return t
	}
	if t := inline(strings.TrimSpace(mimeType)); t != "" {
		return t
	}
	return "unknown"
}
