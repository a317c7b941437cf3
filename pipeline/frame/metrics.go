package frame

import (
	"time"

	"github.com/parley-voice/parley/pipeline"
)

// Point is a moment in the life of a voice turn.
type Point uint8

// The points of a turn, in the order in which they are passed.
const (
	PointSpeechEnd   Point = iota + 1 // the last sample of the user's speech came in
	PointVADStop                      // the VAD's stop time had passed
	PointTranscript                   // the text was there
	PointUserTurn                     // the turn was decided
	PointFirstToken                   // the model's first text came
	PointFirstClause                  // the first clause went to the TTS
	PointFirstAudio                   // its first audio came out of the TTS
	PointFirstPacket                  // the first of it left for the user
)

var pointNames = [...]string{"", "speech_end", "vad_stop", "transcript", "user_turn", "first_token",
	"first_clause", "first_audio", "first_packet"}

// String returns the point's name, such as "vad_stop".
func (p Point) String() string {
	if int(p) < len(pointNames) {
		return pointNames[p]
	}
	return "unknown"
}

// Metrics is broadcast by a stage when a turn passes a point; processors.Latency collects them.
type Metrics struct {
	pipeline.Signal
	Point Point
	At    time.Time
}
