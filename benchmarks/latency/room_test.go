package latency

import (
	"math"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

// loudVAD takes every loud window for speech.
type loudVAD struct{}

func (loudVAD) NewDetector(audio.Format) (services.Detector, error) { return loudVAD{}, nil }
func (loudVAD) Window() int                                         { return 512 }
func (loudVAD) Close() error                                        { return nil }
func (loudVAD) Probability(window []int16) (float32, error) {
	if (audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: window}).RMS() > audible {
		return 1, nil
	}
	return 0, nil
}

// beep is a clip with silence around a tone of the given length.
func beep(d time.Duration) audio.PCM {
	pcm := audio.PCM{Format: audio.Mono(frame.SampleRate), Samples: make([]int16, 2*1600)}
	tone := make([]int16, pcm.Format.Samples(d))
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*300*float64(i+1)/frame.SampleRate))
	}
	pcm.Samples = append(pcm.Samples[:1600], append(tone, pcm.Samples[1600:]...)...)
	return pcm
}

func TestSpeechBounds(t *testing.T) {
	pcm := beep(500 * time.Millisecond)
	first, ok1 := firstSpeech(pcm)
	last, ok2 := lastSpeech(pcm)
	if !ok1 || !ok2 || first < 1600 || first > 1620 || last < 1600+8000-30 || last >= 1600+8000 {
		t.Errorf("got %d to %d, want about 1600 to 9600", first, last)
	}
	if _, ok := firstSpeech(audio.PCM{Format: pcm.Format, Samples: make([]int16, 1000)}); ok {
		t.Error("found speech in silence")
	}
}

func TestRoomMeasuresFromSampleToSample(t *testing.T) {
	bot := Bot{VAD: loudVAD{}, STT: InstantSTT(), LLM: InstantLLM(), TTS: InstantTTS()}
	turns, err := Room(t.Context(), bot, []Input{{Name: "beep", PCM: beep(600 * time.Millisecond)}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(turns) != 2 {
		t.Fatalf("got %d turns, want 2", len(turns))
	}
	for _, turn := range turns {
		// The stop time is 6 windows of 32 ms; the rest is waiting for a window and for the next packet.
		if got := turn.Total(); got < 180*time.Millisecond || got > time.Second {
			t.Errorf("response time %v", got)
		}
		if turn.Heard != "Are you open today?" || turn.Said != answer {
			t.Errorf("heard %q, said %q", turn.Heard, turn.Said)
		}
		if turn.Spans[0].Took < 180*time.Millisecond {
			t.Errorf("the VAD stopped after %v: before its stop time", turn.Spans[0].Took)
		}
	}
}
