package processors

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// VADParams say when speech begins and ends. Times are rounded to whole windows of the detector.
type VADParams struct {
	// Threshold is the probability from which a window is speech, while it is quiet.
	Threshold float32
	// Release is the probability below which a window is silence, while somebody speaks.
	Release float32
	// Likely is how much speech makes the output hold its breath (frame.SpeechLikely).
	Likely time.Duration
	// Start is how much speech is needed to be sure (frame.SpeechStarted).
	Start time.Duration
	// Pause is how much silence makes the STT begin to transcribe (frame.SpeechPause).
	Pause time.Duration
	// Stop is how much silence ends the speech (frame.SpeechStopped).
	Stop time.Duration
}

// DefaultVADParams are the parameters of a VAD stage that is given no others. 0.2 s is enough for Silero to tell a
// voice from a click, and for most pauses between words.
var DefaultVADParams = VADParams{
	Threshold: 0.5,
	Release:   0.35,
	Likely:    100 * time.Millisecond,
	Start:     200 * time.Millisecond,
	Pause:     30 * time.Millisecond,
	Stop:      200 * time.Millisecond,
}

// VADOption configures the VAD stage.
type VADOption func(*vad)

// WithVADParams replaces all parameters.
func WithVADParams(p VADParams) VADOption { return func(v *vad) { v.params = p } }

// VAD makes the stage that hears when the user speaks. It passes the audio on, and tells starts and stops twice: as
// signals, at once, and as SpeechEdge in the stream, behind the audio in which they were found. All positions are
// those of windows' first samples, on the clock of the audio.
func VAD(engine services.VAD, opts ...VADOption) pipeline.Stage {
	v := &vad{engine: engine, params: DefaultVADParams}
	for _, o := range opts {
		o(v)
	}
	return v
}

type vad struct {
	engine   services.VAD
	params   VADParams
	detector services.Detector
	format   audio.Format

	window  []int16        // samples that wait for a whole window
	at      frame.Position // of window[0]
	run     int            // windows of speech in a row, while quiet; of silence, while speaking
	runAt   frame.Position // where the run began
	state   vadState
	paused  bool      // a pause edge was sent for this run of silence
	lastEnd time.Time // when the last sample of speech came in
}

type vadState uint8

const (
	quiet vadState = iota
	likely
	speaking
)

func (v *vad) Wire(w *pipeline.Wiring) {
	w.Name("vad" + engineName(v.engine))
	pipeline.Makes[frame.SpeechEdge](w)
	pipeline.On(w, v.audio)
	w.OnStop(func(context.Context) error {
		if v.detector == nil {
			return nil
		}
		return v.detector.Close()
	})
}

func (v *vad) audio(_ context.Context, f frame.AudioIn, out *pipeline.Emitter) error {
	if v.detector == nil || v.format != f.PCM.Format {
		if err := v.open(f); err != nil {
			return err
		}
	}
	if err := out.Push(f); err != nil {
		return err
	}
	if len(v.window) == 0 {
		v.at = f.At
	}
	v.window = append(v.window, f.PCM.Samples...)
	size := v.detector.Window()
	for len(v.window) >= size {
		p, err := v.detector.Probability(v.window[:size])
		if err != nil {
			return fmt.Errorf("vad: %w", err)
		}
		v.window = append(v.window[:0], v.window[size:]...)
		at := v.at
		v.at += frame.Position(size)
		if err := v.step(p, at, f, out); err != nil {
			return err
		}
	}
	return nil
}

func (v *vad) open(f frame.AudioIn) error {
	if v.detector != nil {
		return fmt.Errorf("vad: the audio changed from %v to %v within a session", v.format, f.PCM.Format)
	}
	d, err := v.engine.NewDetector(f.PCM.Format)
	if err != nil {
		return fmt.Errorf("vad: %w", err)
	}
	v.detector, v.format = d, f.PCM.Format
	return nil
}

// windows is how many windows a duration takes, at least one.
func (v *vad) windows(d time.Duration) int {
	size := v.detector.Window()
	return max(1, (v.format.Samples(d)+size/2)/size)
}

// step moves the state by one window that begins at at and has the probability p of speech.
func (v *vad) step(p float32, at frame.Position, f frame.AudioIn, out *pipeline.Emitter) error {
	if v.state == speaking {
		return v.stepSpeaking(p, at, f, out)
	}
	if p < v.params.Release || (v.run == 0 && p < v.params.Threshold) {
		v.run = 0
		if v.state == likely {
			v.state = quiet
			return out.Push(frame.SpeechUnlikely{At: at})
		}
		return nil
	}
	if v.run++; v.run == 1 {
		v.runAt = at
	}
	if v.state == quiet && v.run >= v.windows(v.params.Likely) {
		v.state = likely
		if err := out.Push(frame.SpeechLikely{At: v.runAt}); err != nil {
			return err
		}
	}
	if v.run >= v.windows(v.params.Start) {
		v.state, v.run, v.paused = speaking, 0, false
		return v.tell(out, frame.SpeechStarted{At: v.runAt}, frame.SpeechStart, v.runAt)
	}
	return nil
}

func (v *vad) stepSpeaking(p float32, at frame.Position, f frame.AudioIn, out *pipeline.Emitter) error {
	if p >= v.params.Release {
		v.run = 0
		if v.paused {
			v.paused = false
			return out.Push(frame.SpeechEdge{Kind: frame.SpeechResume, At: at})
		}
		return nil
	}
	if v.run++; v.run == 1 {
		v.runAt = at
		v.lastEnd = v.arrived(f, at)
	}
	if !v.paused && v.run >= v.windows(v.params.Pause) {
		v.paused = true
		if err := out.Push(frame.SpeechEdge{Kind: frame.SpeechPause, At: v.runAt}); err != nil {
			return err
		}
	}
	if v.run >= v.windows(v.params.Stop) {
		v.state, v.run = quiet, 0
		_ = out.Push(frame.Metrics{Point: frame.PointSpeechEnd, At: v.lastEnd})
		_ = out.Push(frame.Metrics{Point: frame.PointVADStop, At: time.Now()})
		return v.tell(out, frame.SpeechStopped{At: v.runAt}, frame.SpeechStop, v.runAt)
	}
	return nil
}

// tell states one fact on both planes.
func (v *vad) tell(out *pipeline.Emitter, signal pipeline.Frame, kind frame.EdgeKind, at frame.Position) error {
	if err := out.Push(signal); err != nil {
		return err
	}
	return out.Push(frame.SpeechEdge{Kind: kind, At: at})
}

// arrived is when the sample at a position came in from outside, by the clock of the frame in hand.
func (v *vad) arrived(f frame.AudioIn, at frame.Position) time.Time {
	end := f.Arrived
	if end.IsZero() {
		end = time.Now()
	}
	return end.Add(-(f.At + frame.Position(f.PCM.Len()) - at).Time(f.PCM.Rate))
}
