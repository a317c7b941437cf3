package services

import (
	"fmt"

	"github.com/parley-voice/parley/pipeline/audio"
)

// VAD tells speech from everything else. It must be safe for concurrent use; its detectors need not be.
type VAD interface {
	// NewDetector returns a detector for one stream of audio. It fails for formats that the engine cannot
	// take, with ErrFormat.
	NewDetector(f audio.Format) (Detector, error)
}

// Detector hears one stream of audio, window by window.
type Detector interface {
	// Window is the number of samples of each window, such as 512 (32 ms at 16 kHz).
	Window() int
	// Probability returns how likely it is that the window holds speech, from 0 to 1. Windows must be given
	// in order; the detector keeps state between them. The slice is not kept.
	Probability(window []int16) (float32, error)
	// Close frees what the detector holds.
	Close() error
}

// ErrFormat reports audio of a format that an engine cannot take.
type ErrFormat struct {
	Engine string       // who refused
	Got    audio.Format // what came
	Want   string       // what it takes, such as "16000 Hz mono"
}

// Error says what was given and what is needed.
func (e *ErrFormat) Error() string {
	return fmt.Sprintf("%s: got audio of %v, want %s", e.Engine, e.Got, e.Want)
}
