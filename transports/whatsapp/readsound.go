package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/ogg"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

const (
	// hearingRate is what engines for speech want, in samples per second.
	hearingRate = 16000
	// oggMagic and wavMagic are what files of these forms begin with.
	oggMagic = "OggS"
	wavMagic = "RIFF"
)

var (
	errUnknownSound = errors.New("whatsapp: neither Ogg with Opus nor WAV")
	errLongSound    = errors.New("whatsapp: the recording is too long")
)

// SoundDecoder decodes files of sound, and the sound of videos; services/ffmpeg has one. It must be safe for concurrent
// use, end soon after ctx, and bear any bytes: they come from strangers.
//
// DecodeSound returns the sound of a file in the given format, of a long one only as much as the limit. A file without
// sound, such as a silent video, is no error.
type SoundDecoder interface {
	DecodeSound(ctx context.Context, data []byte, f audio.Format, limit time.Duration) (audio.PCM, error)
}

// decodeSound reads a file of sound, whatever it claims to be, into what engines for speech want.
func (b *Bot) decodeSound(ctx context.Context, data []byte) (audio.PCM, error) {
	limit := b.cfg.MaxVoice
	pcm, err := ownSound(data, limit)
	if b.cfg.Sounds == nil || !errors.Is(err, errUnknownSound) && !errors.Is(err, audio.ErrWAV) {
		return pcm, err
	}
	pcm, err = b.cfg.Sounds.DecodeSound(ctx, data, audio.Mono(hearingRate), limit+time.Second)
	if err == nil && pcm.Duration() > limit {
		return audio.PCM{}, errLongSound
	}
	return pcm, err
}

// ownSound decodes what this package can by itself: voice notes, and WAV.
func ownSound(data []byte, limit time.Duration) (audio.PCM, error) {
	switch {
	case bytes.HasPrefix(data, []byte(oggMagic)):
		pcm, err := opus.DecodeOgg(bytes.NewReader(data), hearingRate, limit)
		if errors.Is(err, opus.ErrTooLong) {
			return pcm, errLongSound
		}
		if errors.Is(err, ogg.ErrCodec) {
			return pcm, errUnknownSound
		}
		return pcm, err
	case bytes.HasPrefix(data, []byte(wavMagic)):
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
