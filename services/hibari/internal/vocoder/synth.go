package vocoder

import (
	"math"
	"math/rand/v2"

	"github.com/parley-voice/parley/services/hibari/internal/fft"
)

const (
	// stepFrames is how many frames are computed at a time. The rows of Spectra are read 16 values wide: one
	// cache line.
	stepFrames = 16
	overlap    = 4 // hops under one window
	// quiet is the log magnitude below which a part is left out: -105 dB of full scale, less than one bit.
	quiet = -9
	// loudest is the log magnitude that none may exceed.
	loudest = 7
)

// Synthesizer computes the waveform of one sentence at a time. It keeps its memory from one sentence to the next
// and is not safe for concurrent use.
type Synthesizer struct {
	tables *tables
	fft    *fft.Transform
	pulses pulses
	sp     Spectra
	next   int // the frame that comes next
	noise  uint64

	re, im [stepFrames][Bins]float32
	loud   [stepFrames]bool // frames with pulses
	heard  [stepFrames]bool // frames with anything
	frame  [overlap * Hop]float32
	// sum holds the overlap-add of the hops that are not complete yet, and before them those of this step.
	sum [(stepFrames + overlap) * Hop]float32
	out [(stepFrames + 2) * Hop]float32
}

// New makes a synthesizer.
func New() *Synthesizer {
	t := newTables()
	return &Synthesizer{tables: t, fft: fft.New(), pulses: pulses{tables: t}}
}

// Start begins a sentence. The spectra are read until Next returns nil and must not change before.
func (s *Synthesizer) Start(sp Spectra) error {
	if err := sp.check(); err != nil {
		return err
	}
	s.sp, s.next, s.noise = sp, 0, rand.Uint64()|1
	s.pulses.reset(sp.F0)
	clear(s.sum[:])
	return nil
}

// Next returns the next samples, between -1 and 1 as a rule, or nil at the end of the sentence. All pieces
// together have Hop samples for each frame. A piece is valid until the next call.
func (s *Synthesizer) Next() []float32 {
	total := s.sp.Frames()
	if s.next >= total {
		return nil
	}
	first, n := s.next, min(stepFrames, total-s.next)
	s.next += n
	s.filter(first, n)
	s.addNoise(first, n)
	s.addFree(first, n)

	for i := range n {
		if !s.heard[i] {
			continue
		}
		s.fft.Inverse(s.frame[:], s.re[i][:], s.im[i][:])
		sum := s.sum[i*Hop:][:overlap*Hop]
		for j, w := range s.tables.window {
			sum[j] += w * s.frame[j]
		}
	}
	return s.emit(first, n)
}

// emit takes the complete hops out of the overlap-add. Hop h of the sum lies half a window before frame h: the
// first two are not part of the sentence, and the last frames complete two more.
func (s *Synthesizer) emit(first, n int) []float32 {
	hops, skip := n, 0
	if first == 0 {
		skip = min(2, n)
	}
	last := s.next == s.sp.Frames()
	if last {
		hops += 2
	}
	out := s.out[:0]
	for h := skip; h < hops; h++ {
		out = s.normalize(out, first+h, s.sum[h*Hop:][:Hop])
	}
	if first == 0 && n < 2 { // a sentence of one frame
		out = out[(2-n)*Hop:]
	}
	copy(s.sum[:], s.sum[n*Hop:])
	clear(s.sum[overlap*Hop:])
	return out
}

// normalize divides a hop by the sum of the squared windows over it: 1.5, but at the ends, where some are missing.
func (s *Synthesizer) normalize(out []float32, hop int, x []float32) []float32 {
	total := s.sp.Frames()
	if hop >= overlap-1 && hop < total {
		for _, v := range x {
			out = append(out, v*(1/1.5))
		}
		return out
	}
	for j, v := range x {
		var sum float32
		for k := range overlap { // frame hop-k has its k-th quarter here
			if f := hop - k; f >= 0 && f < total {
				w := s.tables.window[k*Hop+j]
				sum += w * w
			}
		}
		out = append(out, v/max(sum, 1e-11))
	}
	return out
}

// filter sets the spectra of n frames to those of the pulses, filtered.
func (s *Synthesizer) filter(first, n int) {
	for i := range n {
		x := s.pulses.frame(first + i)
		s.loud[i], s.heard[i] = x != nil, x != nil
		if x == nil {
			clear(s.re[i][:])
			clear(s.im[i][:])
			continue
		}
		for j, w := range s.tables.source {
			s.frame[j] = x[j] * w
		}
		s.fft.Forward(s.re[i][:], s.im[i][:], s.frame[:])
	}
	total := s.sp.Frames()
	for b := range Bins {
		level := s.sp.Harmonic[b*total+first:][:n]
		turn := s.sp.Rotation[b*total+first:][:n]
		for i, l := range level {
			if !s.loud[i] {
				continue
			}
			if !(l > quiet) {
				s.re[i][b], s.im[i][b] = 0, 0
				continue
			}
			m := exp(min(l, loudest))
			c, d := s.tables.rotate(turn[i])
			re, im := s.re[i][b], s.im[i][b]
			s.re[i][b], s.im[i][b] = m*(re*c-im*d), m*(re*d+im*c)
		}
	}
}

// addNoise adds random numbers of the predicted magnitude. Each part is the sum of two evenly distributed ones, of
// unit variance together: after the transform nobody can tell them from Gaussian numbers.
func (s *Synthesizer) addNoise(first, n int) {
	total := s.sp.Frames()
	state := s.noise
	for b := range Bins {
		for i, l := range s.sp.Noise[b*total+first:][:n] {
			if !(l > quiet) {
				continue
			}
			s.heard[i] = true
			state ^= state << 13
			state ^= state >> 7
			state ^= state << 17
			const unit = 3.7375e-5 // sqrt(6) / 65536
			m := exp(min(l, loudest)) * unit
			s.re[i][b] += m * float32(int32(state&0xffff+state>>16&0xffff)-0xffff)
			s.im[i][b] += m * float32(int32(state>>32&0xffff+state>>48)-0xffff)
		}
	}
	s.noise = state
}

// addFree adds the part that brings its own phase.
func (s *Synthesizer) addFree(first, n int) {
	total := s.sp.Frames()
	for b := range Bins {
		phase := s.sp.Phase[b*total+first:][:n]
		for i, l := range s.sp.Free[b*total+first:][:n] {
			if !(l > quiet) {
				continue
			}
			s.heard[i] = true
			m := exp(min(l, loudest))
			c, d := s.tables.sincos(phase[i] * (1 / (2 * math.Pi)))
			s.re[i][b] += m * c
			s.im[i][b] += m * d
		}
	}
}
