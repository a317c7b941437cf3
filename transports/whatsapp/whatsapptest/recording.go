package whatsapptest

import (
	"slices"

	"github.com/parley-voice/parley/pipeline/audio"
)

// Said is what the user has said so far, with the noise of the room, on the call's sample clock: mono, from the
// ring on.
func (c *Call) Said() audio.PCM {
	m := c.media.mic
	m.mu.Lock()
	defer m.mu.Unlock()
	samples := make([]int16, samplesAt(m.startAt), samplesAt(m.startAt)+int64(len(m.said)))
	return audio.PCM{Format: audio.Mono(SampleRate), Samples: slices.Concat(samples, m.said)}
}

// Recording is the call so far in stereo, on the call's sample clock: the user on the left, the bot as the user heard
// it on the right.
func (c *Call) Recording() audio.PCM {
	stereo, err := audio.Stereo(c.Said(), c.Heard())
	if err != nil { // both sides are mono at SampleRate
		return audio.PCM{Format: audio.Format{Rate: SampleRate, Channels: 2}}
	}
	return stereo
}
