package frame_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline"
	"github.com/parley-voice/parley/pipeline/frame"
)

func TestPositionIsTimeAtItsRate(t *testing.T) {
	if got := frame.Position(24000).Time(frame.SampleRate); got != 1500*time.Millisecond {
		t.Errorf("24000 samples at 16 kHz are %v", got)
	}
}

// TestLanes holds the table of docs/architecture.md against the types.
func TestLanes(t *testing.T) {
	lanes := map[pipeline.Lane][]pipeline.Frame{
		pipeline.LaneSignal: {frame.SpeechLikely{}, frame.SpeechUnlikely{}, frame.SpeechStarted{}, frame.SpeechStopped{},
			frame.Playback{}, frame.Metrics{}, pipeline.Interrupted{}, pipeline.Failure{}, pipeline.Committed{}},
		pipeline.LaneMedia:    {frame.AudioIn{}},
		pipeline.LaneDurable:  {frame.Transcript{}, frame.SpeechEdge{}, frame.UserTurn{}, frame.Say{}, frame.DTMF{}, pipeline.End{}},
		pipeline.LaneResponse: {frame.ResponseStart{}, frame.TextDelta{}, frame.AudioOut{}, frame.ResponseEnd{}, frame.Reasoning{}, frame.Attachment{}, frame.Choices{}},
	}
	for lane, frames := range lanes {
		for _, f := range frames {
			if got := pipeline.LaneOf(f); got != lane {
				t.Errorf("%v travels in the lane %v, want %v", reflect.TypeOf(f), got, lane)
			}
		}
	}
}

func TestEveryPointAndEdgeHasAName(t *testing.T) {
	for p := frame.PointSpeechEnd; p <= frame.PointFirstPacket; p++ {
		if s := p.String(); s == "" || s == "unknown" || strings.Contains(s, " ") {
			t.Errorf("point %d is called %q", p, s)
		}
	}
	if frame.Point(99).String() != "unknown" || frame.EdgeKind(99).String() != "unknown" {
		t.Error("what does not exist has a name")
	}
	for k := frame.SpeechStart; k <= frame.SpeechStop; k++ {
		if k.String() == "unknown" {
			t.Errorf("edge %d has no name", k)
		}
	}
}
