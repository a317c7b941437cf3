package processors_test

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/pipeline/pipelinetest"
	"github.com/parley-voice/parley/processors"
	"github.com/parley-voice/parley/services"
)

const ms = time.Millisecond

// window is the position of the first sample of a detector's window.
func window(n int) frame.Position { return frame.Position(512 * n) }

func TestVADTellsStartsAndStopsAtTheirSamples(t *testing.T) {
	tests := []struct {
		name    string
		talk    []time.Duration // silence, speech, silence...
		signals []pipeline.Frame
		edges   []frame.SpeechEdge
	}{
		{"nothing", []time.Duration{2 * time.Second}, nil, nil},
		{"a click", []time.Duration{320 * ms, 64 * ms, 640 * ms}, nil, nil},
		{"a cough", []time.Duration{320 * ms, 160 * ms, 640 * ms},
			[]pipeline.Frame{frame.SpeechLikely{At: window(10)}, frame.SpeechUnlikely{At: window(15)}}, nil},
		{"a word", []time.Duration{320 * ms, 640 * ms, 640 * ms},
			[]pipeline.Frame{frame.SpeechLikely{At: window(10)}, frame.SpeechStarted{At: window(10)}, frame.SpeechStopped{At: window(30)}},
			[]frame.SpeechEdge{{Kind: frame.SpeechStart, At: window(10)}, {Kind: frame.SpeechPause, At: window(30)}, {Kind: frame.SpeechStop, At: window(30)}}},
		{"two words with a short pause", []time.Duration{320 * ms, 320 * ms, 128 * ms, 320 * ms, 640 * ms},
			[]pipeline.Frame{frame.SpeechLikely{At: window(10)}, frame.SpeechStarted{At: window(10)}, frame.SpeechStopped{At: window(34)}},
			[]frame.SpeechEdge{{Kind: frame.SpeechStart, At: window(10)}, {Kind: frame.SpeechPause, At: window(20)}, {Kind: frame.SpeechResume, At: window(24)},
				{Kind: frame.SpeechPause, At: window(34)}, {Kind: frame.SpeechStop, At: window(34)}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := pipelinetest.Run(t, talk(tt.talk...), processors.VAD(loudVAD{}))
				var signals []pipeline.Frame
				var edges []frame.SpeechEdge
				for _, f := range got {
					switch f := f.(type) {
					case frame.AudioIn, frame.Metrics:
					case frame.SpeechEdge:
						edges = append(edges, f)
					default:
						signals = append(signals, f)
					}
				}
				if diff := cmp.Diff(tt.signals, signals); diff != "" {
					t.Errorf("signals (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(tt.edges, edges); diff != "" {
					t.Errorf("edges (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestVADStopComesOneStopTimeAfterTheSpeech(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := pipelinetest.Run(t, talk(320*ms, 640*ms, 640*ms), processors.VAD(loudVAD{}))
		m := pipelinetest.Of[frame.Metrics](got)
		if len(m) != 2 || m[0].Point != frame.PointSpeechEnd || m[1].Point != frame.PointVADStop {
			t.Fatalf("metrics: %v", m)
		}
		// six windows are 192 ms; the last of them is complete with the 20 ms frame that ends at or behind it
		if d := m[1].At.Sub(m[0].At); d < 192*ms || d >= 212*ms {
			t.Errorf("stopped %v after the last sample of speech came in, want 192 to 212 ms", d)
		}
	})
}

func TestVADRefusesAudioThatItsEngineCannotTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := frame.AudioIn{PCM: audio.PCM{Format: audio.Mono(8000), Samples: make([]int16, 160)}}
		_, err := pipelinetest.RunErr(t, pipelinetest.Script{in, time.Second}, processors.VAD(loudVAD{}))
		var format *services.ErrFormat
		if !errors.As(err, &format) {
			t.Errorf("result %v, want ErrFormat", err)
		}
	})
}
