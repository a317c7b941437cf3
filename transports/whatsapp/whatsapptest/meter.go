package whatsapptest

import (
	"math"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

const (
	// SpeechThreshold is the level from which on sound counts as speech, in dBFS, as RMS over 10 ms.
	SpeechThreshold = -45.0

	meterWindow = SampleRate / 100 // 10 ms
	// spanGap joins sounds that are closer than this into one span: packets do not arrive on the dot.
	spanGap = 50 * time.Millisecond
)

// loudest amplitudes of the threshold: a sine of that RMS peaks 3 dB above it.
var (
	thresholdRMS  = 32768 * math.Pow(10, SpeechThreshold/20)
	thresholdPeak = int16(thresholdRMS)
)

// Span is a stretch of sound, on the clock of the call or of the clip that it was measured in. Both ends are
// exact to the sample.
type Span struct {
	Start time.Duration `json:"start"`
	End   time.Duration `json:"end"`
}

// meter finds the spans of speech in audio that comes piece by piece.
type meter struct{ spans []Span }

// feed measures 16 kHz audio whose first sample belongs to the given time. It reports whether any of it is
// speech.
func (m *meter) feed(pcm []int16, at time.Duration) bool {
	loud := false
	for from := 0; from < len(pcm); from += meterWindow {
		window := pcm[from:min(from+meterWindow, len(pcm))]
		first, last, ok := speechIn(window)
		if !ok {
			continue
		}
		loud = true
		format := audio.Mono(SampleRate)
		start := at + format.Duration(from+first)
		end := at + format.Duration(from+last+1)
		if n := len(m.spans); n > 0 && start-m.spans[n-1].End <= spanGap {
			m.spans[n-1].End = max(m.spans[n-1].End, end)
			continue
		}
		m.spans = append(m.spans, Span{Start: start, End: end})
	}
	return loud
}

// speechIn finds the first and the last sample of speech in a window, if its level is above the threshold.
func speechIn(window []int16) (first, last int, ok bool) {
	var sum float64
	first = -1
	for i, v := range window {
		sum += float64(v) * float64(v)
		if v >= thresholdPeak || v <= -thresholdPeak {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 || math.Sqrt(sum/float64(len(window))) < thresholdRMS {
		return 0, 0, false
	}
	return first, last, true
}

// SpeechSpans finds the stretches of sound in a recording of 16 kHz mono.
func SpeechSpans(pcm audio.PCM) []Span {
	var m meter
	m.feed(pcm.Samples, 0)
	return m.spans
}
