package services

import (
	"context"

	"github.com/parley-voice/parley/pipeline/audio"
)

// STT turns speech into text. It must be safe for concurrent use.
type STT interface {
	// Open begins the transcription of one utterance: what a user says between two pauses.
	// The transcription ends when ctx ends or Close is called.
	Open(ctx context.Context, f audio.Format) (Transcription, error)
}

// Transcription is the transcription of one utterance. Write, Flush and Close are called from one goroutine;
// Results is read from another.
type Transcription interface {
	// Write adds speech. It copies the samples or queues them, and never waits for recognition.
	Write(pcm audio.PCM) error
	// Flush asks for the text of all that was written so far, as soon as possible, and does not wait for it.
	// It is called in each pause and at the end of the utterance. A newer Flush may cancel an older one that
	// is still at work. Exactly one result whose End is at least the number of samples written answers the
	// last Flush, even if nothing was understood.
	Flush() error
	// Results delivers what was understood. It is closed after Close, or after a result with an error.
	Results() <-chan Result
	// Close ends the transcription and frees what it holds. What is still at work is cancelled.
	Close() error
}

// Result is the text of one span of an utterance. It replaces every earlier result whose span it covers, so
// that engines which read the growing utterance anew and engines which deliver segment after segment look alike.
type Result struct {
	Text string
	// Start and End are the span, in samples written since Open.
	Start, End int
	// Final says that this span will not be read anew unless more is written.
	Final bool
	// Err ends the transcription.
	Err error
}
