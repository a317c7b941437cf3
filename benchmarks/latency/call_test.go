package latency

import (
	"testing"
	"time"
)

func TestCallMeasuresFromSampleToSample(t *testing.T) {
	bot := Bot{VAD: loudVAD{}, STT: InstantSTT(), LLM: InstantLLM(), TTS: InstantTTS()}
	turns, err := Call(t.Context(), bot, []Input{{Name: "beep", PCM: beep(600 * time.Millisecond)}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	// The stop time is 6 windows of 32 ms; packets, codecs and clocks come on top.
	if got := turns[0].Total(); got < 180*time.Millisecond || got > 2*time.Second {
		t.Errorf("response time %v", got)
	}
	if turns[0].Heard == "" || turns[0].Said != answer {
		t.Errorf("heard %q, said %q", turns[0].Heard, turns[0].Said)
	}
}

func TestRingMeasuresToTheGreeting(t *testing.T) {
	bot := Bot{VAD: loudVAD{}, STT: InstantSTT(), LLM: InstantLLM(), TTS: InstantTTS()}
	turns, err := Ring(t.Context(), bot, 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := turns[0].Total(); got <= 0 || got > 5*time.Second || len(turns[0].Spans) != 6 {
		t.Errorf("ring to greeting %v, in %d parts", got, len(turns[0].Spans))
	}
}
