package rtpaudio

import "github.com/parley-voice/parley/pipeline/frame"

// Concealment is believable for a few packets. Opus lets it die away over half a second, in which a VAD would
// hear speech that is not there; so from fadeStart it is faded until it is silence at fadeEnd.
const (
	fadeStart = 40 * frame.SampleRate / 1000  // 40 ms, in samples
	fadeEnd   = 100 * frame.SampleRate / 1000 // 100 ms
)

// fader fades one run of concealed samples.
type fader struct {
	run int // samples since the last real ones
}

func (f *fader) reset() { f.run = 0 }

// done tells that the run has faded: the rest of it is silence.
func (f *fader) done() bool { return f.run >= fadeEnd }

// apply fades the next samples of the run.
func (f *fader) apply(pcm []int16) {
	for i := range pcm {
		if over := f.run - fadeStart; over > 0 {
			left := max(0, fadeEnd-f.run)
			pcm[i] = int16(int(pcm[i]) * left / (fadeEnd - fadeStart))
		}
		f.run++
	}
}
