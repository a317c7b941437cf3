package rtpaudio

import (
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/audio/opus"
)

// speaker encodes speech of one rate. If Opus does not have the rate it resamples to the next one above.
type speaker struct {
	enc  *opus.Encoder
	res  *audio.Resampler // nil if Opus has the rate
	fifo []int16          // resampled, not yet encoded: less than two frames
	buf  []byte
}

func newSpeaker(rate int, opts []opus.Option) (*speaker, error) {
	s := &speaker{}
	if !opus.ValidRate(rate) {
		to := 48000
		if rate < 24000 {
			to = 24000
		}
		var err error
		if s.res, err = audio.NewResampler(rate, to); err != nil {
			return nil, err
		}
		rate = to
	}
	var err error
	s.enc, err = opus.NewEncoder(rate, opts...)
	return s, err
}

// begin forgets what was said before.
func (s *speaker) begin() error {
	if s.res != nil {
		s.fifo = s.res.Flush(s.fifo)[:0]
		// What the resampler holds back must not be missing in the first frame; one sample more is for rates of which
		// 20 ms are no whole number of samples.
		for range s.res.Latency() + 1 {
			s.fifo = append(s.fifo, 0)
		}
	}
	return s.enc.Reset()
}

// encode returns the packet for the next 20 ms, which is valid until the next call.
func (s *speaker) encode(pcm []int16) ([]byte, error) {
	var err error
	if s.res == nil {
		s.buf, err = s.enc.Encode(s.buf[:0], pcm)
		return s.buf, err
	}
	s.fifo = s.res.Process(s.fifo, pcm)
	n := s.enc.FrameSamples()
	for len(s.fifo) < n {
		s.fifo = append(s.fifo, 0)
	}
	s.buf, err = s.enc.Encode(s.buf[:0], s.fifo[:n])
	s.fifo = s.fifo[:copy(s.fifo, s.fifo[n:min(len(s.fifo), 2*n)])]
	return s.buf, err
}
