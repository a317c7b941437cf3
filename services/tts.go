package services

import (
	"context"
	"iter"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
)

// Utterance is a piece of text to speak: a clause or a sentence.
type Utterance struct {
	Text string
	// Previous is what was spoken before it in the same answer; engines use it for the melody.
	Previous string
}

// Speech is a piece of synthesised audio. The pieces of one utterance follow each other without a gap and have
// one format.
type Speech struct {
	PCM audio.PCM
	// Words tell when words are said, if the engine knows.
	Words []frame.Word
}

// TTS turns text into speech.
//
// Synthesize yields pieces of audio until the utterance is complete; a non-nil error is the last thing that it
// yields. Text without anything to say yields nothing. It stops when ctx ends or the consumer breaks out of the
// loop. It must be safe for concurrent use.
type TTS interface {
	Synthesize(ctx context.Context, u Utterance) iter.Seq2[Speech, error]
}

// TTSFunc makes a TTS of a function.
type TTSFunc func(ctx context.Context, u Utterance) iter.Seq2[Speech, error]

// Synthesize calls f.
func (f TTSFunc) Synthesize(ctx context.Context, u Utterance) iter.Seq2[Speech, error] {
	return f(ctx, u)
}
