package frame

import (
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
)

// AudioIn is a piece of what the user's microphone hears, mono, without gaps: a transport fills holes itself.
type AudioIn struct {
	pipeline.Media
	PCM audio.PCM
	// At is the position of the first sample.
	At Position
	// Arrived is when the last sample came in from outside; metrics count from here.
	Arrived time.Time
}

// Hint tells how one gets AudioIn.
func (AudioIn) Hint() string { return "begin with a transport's Input()" }

// DTMF is a key that the user pressed.
type DTMF struct {
	pipeline.Durable
	Digit    rune // one of 0123456789*#ABCD
	Duration time.Duration
}

// SpeechLikely is broadcast when the user probably began to speak, long before it is certain (SpeechStarted):
// the output holds its breath. It is followed by SpeechStarted or SpeechUnlikely.
type SpeechLikely struct {
	pipeline.Signal
	At Position
}

// SpeechUnlikely takes a SpeechLikely back: it was a click or a cough.
type SpeechUnlikely struct {
	pipeline.Signal
	At Position
}

// SpeechStarted is broadcast when the user is known to speak.
type SpeechStarted struct {
	pipeline.Signal
	// At is the position of the first sample of speech, which lies in the past.
	At Position
}

// SpeechStopped is broadcast when the user paused for the VAD's stop time.
type SpeechStopped struct {
	pipeline.Signal
	// At is the position just behind the last sample of speech.
	At Position
}

// EdgeKind is what a SpeechEdge marks.
type EdgeKind uint8

// The kinds of edges, in the order in which they come: Start, any number of Pause and Resume, Stop.
const (
	SpeechStart  EdgeKind = iota + 1 // speech began at At
	SpeechPause                      // no speech since At, for a few windows: it may be over
	SpeechResume                     // the pause was short; speech goes on at At
	SpeechStop                       // speech ended at At, and the stop time has passed
)

// String returns the kind's name.
func (k EdgeKind) String() string {
	switch k {
	case SpeechStart:
		return "start"
	case SpeechPause:
		return "pause"
	case SpeechResume:
		return "resume"
	case SpeechStop:
		return "stop"
	}
	return "unknown"
}

// SpeechEdge marks where speech begins and ends, in the stream, in order with the audio: behind the AudioIn in
// which the decision fell. At lies before that.
type SpeechEdge struct {
	pipeline.Durable
	Kind EdgeKind
	At   Position
}

// Hint tells how one gets SpeechEdge.
func (SpeechEdge) Hint() string { return "add processors.VAD()" }

// Transcript is what the STT understood.
type Transcript struct {
	pipeline.Durable
	Text string
	// Start and End are the positions of the speech that it covers.
	Start, End Position
	// Final says that the utterance is over and this is its whole text; it may be empty, if nothing was
	// understood. Other transcripts are interim: each replaces the one before it.
	Final bool
}

// Hint tells how one gets Transcript.
func (Transcript) Hint() string { return "add processors.STT()" }

// UserTurn is something that the user said or wrote and that wants an answer.
type UserTurn struct {
	pipeline.Durable
	Text string
	// Via is how it came: "call", "text", "voice" for a voice note, or "heartbeat" or "reset" if the bot told itself.
	Via string
	// ReplyVia is how the answer goes, if it does not go the way that the turn came.
	ReplyVia string
	// Refs are the transport's ids of the messages that it was written in, if they have any.
	Refs []string
	// Images are pictures that belong to it, for models that can see. The text says what they are, too.
	Images []Image
	// Recalled are pictures of earlier turns, known by their Ref, that may be spoken of again. One without its Data cannot
	// be had any more.
	Recalled []Image
	// Aside says that nobody said it: it is for the model's next answer alone, and does not become part of the conversation, while
	// the answer does. It cannot be Speculative as well.
	Aside bool
	// Speculative marks a guess, pushed with Emitter.Speculate: it counts when its generation is committed.
	Speculative bool
}

// Hint tells how one gets UserTurn.
func (UserTurn) Hint() string {
	return "add processors.Turn(), or begin with a message's Input()"
}

// Say is text to be spoken as it is, without asking the model, such as a greeting.
type Say struct {
	pipeline.Durable
	Text string
}
