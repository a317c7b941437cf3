package latency

import (
	"iter"
	"math"
	"slices"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

const (
	// audible is the level from which on sound counts as speech, in dBFS, as RMS over a window. The emulator of
	// WhatsApp uses the same.
	audible = -45.0
	// aboveNoise is by how many decibels speech must rise above the noise of the room it was recorded in.
	aboveNoise = 10.0
	window     = 10 * time.Millisecond
)

// firstSpeech returns the index of the first sample of speech.
func firstSpeech(pcm audio.PCM) (int, bool) {
	for w := range windows(pcm) {
		if w.level < audible {
			continue
		}
		for i := w.from; i < w.end; i++ {
			if loud(pcm.Samples[i], audible) {
				return i, true
			}
		}
	}
	return 0, false
}

// lastSpeech returns the index of the last sample of speech in a recording. Its quietest tenth is taken for the
// noise of the room.
func lastSpeech(pcm audio.PCM) (int, bool) {
	all := slices.Collect(windows(pcm))
	if len(all) == 0 {
		return 0, false
	}
	levels := make([]float64, len(all))
	for i, w := range all {
		levels[i] = w.level
	}
	slices.Sort(levels)
	threshold := max(audible, levels[len(levels)/10]+aboveNoise)
	for _, w := range slices.Backward(all) {
		if w.level < threshold {
			continue
		}
		for i := w.end - 1; i >= w.from; i-- {
			if loud(pcm.Samples[i], threshold) {
				return i, true
			}
		}
	}
	return 0, false
}

// stretch is a window of audio and its level in dBFS.
type stretch struct {
	from, end int
	level     float64
}

// windows yields mono audio window by window.
func windows(pcm audio.PCM) iter.Seq[stretch] {
	size := max(1, pcm.Format.Samples(window))
	return func(yield func(stretch) bool) {
		for from := 0; from < len(pcm.Samples); from += size {
			end := min(from+size, len(pcm.Samples))
			part := audio.PCM{Format: pcm.Format, Samples: pcm.Samples[from:end]}
			if !yield(stretch{from, end, part.RMS()}) {
				return
			}
		}
	}
}

// loud reports whether a sample is at least as far from zero as a level in dBFS.
func loud(s int16, level float64) bool {
	return math.Abs(float64(s)) >= 32768*math.Pow(10, level/20)
}
