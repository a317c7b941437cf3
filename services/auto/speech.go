package auto

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari"
	"github.com/parley-voice/parley/services/moonshine"
	"github.com/parley-voice/parley/services/silero"
)

// Voice holds the engines for speech. They are safe for concurrent use.
type Voice struct {
	VAD services.VAD
	STT services.STT
	TTS services.TTS

	engines map[string]Engine
	closers []io.Closer
}

// VAD loads the engine that tells speech from everything else.
func VAD() (*silero.Engine, error) { return silero.New() }

// STT loads the engine that turns speech into text.
func STT() (*moonshine.Engine, error) { return moonshine.New() }

// TTS loads the engine that turns text into speech.
func TTS() (*hibari.Engine, error) { return hibari.New() }

// Speech loads the three of them at the same time. If one fails, or ctx has ended when they are there, the others
// are closed again.
func Speech(ctx context.Context) (*Voice, error) {
	v := &Voice{engines: map[string]Engine{
		"vad": {Name: "silero", Local: true},
		"stt": {Name: "moonshine", Model: "base-en", Local: true},
		"tts": {Name: "hibari", Local: true},
	}}
	var vad *silero.Engine
	var stt *moonshine.Engine
	var tts *hibari.Engine
	var errs [3]error
	var loading sync.WaitGroup // each loader ends by itself, within seconds
	loading.Go(func() { vad, errs[0] = VAD() })
	loading.Go(func() { stt, errs[1] = STT() })
	loading.Go(func() { tts, errs[2] = TTS() })
	loading.Wait()
	err := errors.Join(errs[:]...)
	if vad != nil {
		v.VAD, v.closers = vad, append(v.closers, vad)
	}
	if stt != nil {
		v.STT, v.closers = stt, append(v.closers, stt)
	}
	if tts != nil {
		v.TTS, v.closers = tts, append(v.closers, tts)
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(err, v.Close())
	}
	return v, nil
}

// Engines says what serves, by role: "vad", "stt" and "tts".
func (v *Voice) Engines() map[string]Engine { return v.engines }

// Close frees the engines. No call may use them any more.
func (v *Voice) Close() error {
	var err error
	for _, c := range v.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}
