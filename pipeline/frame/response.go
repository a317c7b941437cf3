package frame

import (
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
)

// ResponseStart opens a response: an answer of the model or a Say.
type ResponseStart struct {
	pipeline.Response
	// ID numbers the responses of a session, from 1.
	ID uint64
}

// Hint tells how one gets ResponseStart.
func (ResponseStart) Hint() string { return "add processors.LLM()" }

// TextDelta is a piece of the response's text, as the model writes it.
type TextDelta struct {
	pipeline.Response
	ID   uint64
	Text string
	// Apology says that these are not the model's words, since it failed.
	Apology bool
}

// Hint tells how one gets TextDelta.
func (TextDelta) Hint() string { return "add processors.LLM()" }

// AudioOut is a piece of the response's speech.
type AudioOut struct {
	pipeline.Response
	ID  uint64
	PCM audio.PCM
	// Text is the clause that begins with this piece; the pieces that continue it have none. So the output
	// knows which text each stretch of samples says.
	Text string
	// Words tell when the words of Text are said, counted from the start of this piece, if the TTS knows.
	Words []Word
}

// Word is a word and when it is said.
type Word struct {
	Text       string
	Start, End time.Duration
}

// Hint tells how one gets AudioOut.
func (AudioOut) Hint() string { return "add processors.TTS()" }

// ResponseEnd closes a response: nothing more of it follows.
type ResponseEnd struct {
	pipeline.Response
	ID uint64
	// Broken says that the model failed in the middle of it.
	Broken bool
}

// Hint tells how one gets ResponseEnd.
func (ResponseEnd) Hint() string { return "add processors.LLM()" }

// PlaybackState is how far the playback of a response is.
type PlaybackState uint8

// The states of playback. A response that was heard at all ends with exactly one PlaybackDone.
const (
	PlaybackStarted PlaybackState = iota + 1 // its first sample was played
	PlaybackDone                             // it was played to its end, or cut off
)

// Playback is broadcast by the output, which alone knows what the user heard: "the bot is speaking" comes from
// here and nowhere else. A final Playback is never coalesced.
type Playback struct {
	pipeline.Signal
	ID    uint64
	State PlaybackState
	// Heard is the text that was heard so far.
	Heard string
	// Interrupted says that it was cut off before its end.
	Interrupted bool
	// Refs are the transport's ids of the messages that it was sent in, if they have any.
	Refs []string
}
