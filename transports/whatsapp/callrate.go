package whatsapp

import (
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// adaptedRate is what audio of rates that Opus does not have is brought to.
const adaptedRate = 24000

// rateAdapter brings 20 ms pieces of any rate into 20 ms pieces of a rate that Opus has. Most speech engines use
// such a rate, and then nothing is done. The zero value is ready for use.
type rateAdapter struct {
	from      int
	resampler *audio.Resampler
	pending   []int16 // samples at adaptedRate that do not fill a packet yet
	packet    []int16
}

// adapt takes the piece that is due, or none if ok is false, and returns the piece to send. What the filter holds
// back at the end of speech, less than one packet, comes with the first piece that is none.
func (a *rateAdapter) adapt(pcm audio.PCM, ok bool) (audio.PCM, bool, error) {
	if ok && opus.ValidRate(pcm.Rate) {
		a.pending = a.pending[:0]
		return pcm, true, nil
	}
	switch {
	case ok:
		if err := a.prepare(pcm.Rate); err != nil {
			return audio.PCM{}, false, err
		}
		a.pending = a.resampler.Process(a.pending, pcm.Samples)
	case a.from == 0:
		return audio.PCM{}, false, nil
	default:
		a.pending = a.resampler.Flush(a.pending)
		a.from = 0
	}
	const n = adaptedRate / 50
	if len(a.pending) < n && ok {
		return audio.PCM{}, false, nil // only once, when speech begins
	}
	if len(a.pending) == 0 {
		return audio.PCM{}, false, nil
	}
	a.packet = append(a.packet[:0], a.pending[:min(n, len(a.pending))]...)
	for len(a.packet) < n {
		a.packet = append(a.packet, 0)
	}
	a.pending = append(a.pending[:0], a.pending[min(n, len(a.pending)):]...)
	return audio.PCM{Format: audio.Mono(adaptedRate), Samples: a.packet}, true, nil
}

// prepare gets a resampler for a rate.
func (a *rateAdapter) prepare(from int) error {
	if a.from == from {
		return nil
	}
	r, err := audio.NewResampler(from, adaptedRate)
	if err != nil {
		return err
	}
	a.from, a.resampler, a.pending = from, r, a.pending[:0]
	return nil
}
