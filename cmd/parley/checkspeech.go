package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari"
	"github.com/parley-voice/parley/services/moonshine"
	"github.com/parley-voice/parley/services/silero"
)

// spoken is what the engines say to each other. It has no numbers and no names, which are written in several ways.
const spoken = "Hello, can you hear me?"

// checkSpeech lets the text to speech talk, and the voice activity detection and the speech to text listen.
func checkSpeech(ctx context.Context) finding {
	pcm, tookTTS, err := speak(ctx, spoken)
	if err == nil {
		err = hearVoice(pcm)
	}
	var heard string
	var tookSTT time.Duration
	if err == nil {
		heard, tookSTT, err = transcribe(ctx, pcm)
	}
	if err != nil {
		return finding{unwell, err.Error(), "run: parley setup"}
	}
	if !sameWords(heard, spoken) {
		return finding{unwell, fmt.Sprintf("hibari said %q, and moonshine understood %q", spoken, heard),
			"remove the models' folder (see the line above) and run: parley setup"}
	}
	return finding{well, fmt.Sprintf("hibari said %q in %d ms, silero heard a voice, moonshine understood it in %d ms",
		spoken, tookTTS.Milliseconds(), tookSTT.Milliseconds()), ""}
}

// speak returns a text as speech of 16 kHz, and how long that took without the loading of the model.
func speak(ctx context.Context, text string) (pcm audio.PCM, took time.Duration, err error) {
	engine, err := hibari.New()
	if err != nil {
		return pcm, 0, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	began := time.Now()
	for piece, err := range engine.Synthesize(ctx, services.Utterance{Text: text}) {
		if err != nil {
			return pcm, 0, err
		}
		pcm.Format = piece.PCM.Format
		pcm.Samples = append(pcm.Samples, piece.PCM.Samples...)
	}
	took = time.Since(began)
	pcm, err = audio.Resample(pcm, frame.SampleRate)
	return pcm, took, err
}

// hearVoice fails if the voice activity detection hears no voice.
func hearVoice(pcm audio.PCM) (err error) {
	engine, err := silero.New()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	d, err := engine.NewDetector(pcm.Format)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for rest := pcm.Samples; len(rest) >= d.Window(); rest = rest[d.Window():] {
		p, err := d.Probability(rest[:d.Window()])
		if err != nil {
			return err
		}
		if p > 0.5 {
			return nil
		}
	}
	return errors.New("silero heard no voice in synthesised speech")
}

// transcribe returns what the speech to text understands, and how long that took without the loading of the model.
func transcribe(ctx context.Context, pcm audio.PCM) (text string, took time.Duration, err error) {
	engine, err := moonshine.New()
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	t, err := engine.Open(ctx, pcm.Format)
	if err != nil {
		return "", 0, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	began := time.Now()
	if err := errors.Join(t.Write(pcm), t.Flush()); err != nil {
		return "", 0, err
	}
	for {
		select {
		case r, ok := <-t.Results():
			switch {
			case !ok:
				return "", 0, errors.New("moonshine ended without a result")
			case r.Err != nil:
				return "", 0, r.Err
			case r.End >= pcm.Len():
				return r.Text, time.Since(began), nil
			}
		case <-ctx.Done():
			return "", 0, fmt.Errorf("moonshine gave no result: %w", ctx.Err())
		}
	}
}

// sameWords compares texts without regard to capitals and punctuation.
func sameWords(a, b string) bool {
	words := func(s string) string {
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return (r < 'a' || r > 'z') && r != '\''
		}), " ")
	}
	return words(a) == words(b)
}
