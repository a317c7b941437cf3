package vocoder

import "math"

const (
	unvoiced     = 40    // Hz: the pitch at and below which there are no pulses
	highestPitch = 1000  // Hz: no voice is higher; guards the phase against a broken network
	highest      = 11000 // Hz: harmonics above are left out, so that the train is band-limited
	margin       = 2 * Hop
)

// pulses is the train of pulses of one sentence. It is computed as far as it is needed.
//
// All harmonics of the pitch below 11 kHz have an amplitude of one. With the phase t and H harmonics their sum is
// sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2.
type pulses struct {
	tables *tables
	f0     []float32
	// x holds the samples with a margin on each side, where the signal is mirrored as the transform wants it.
	x     []float32
	loud  []bool // for each frame, whether its hop has pulses
	done  int    // frames that are computed
	phase float64
}

// reset starts the train of another sentence.
func (p *pulses) reset(f0 []float32) {
	p.f0, p.done, p.phase = f0, 0, 0
	p.x = grow(p.x, len(f0)*Hop+2*margin)
	p.loud = grow(p.loud, len(f0))
}

// frame returns the 4*Hop samples around the middle of frame k, or nil if there are no pulses in them.
func (p *pulses) frame(k int) []float32 {
	last := len(p.f0)
	for p.done < last && p.done < max(3, k+2) {
		p.hop(p.done)
		p.done++
		if p.done == min(3, last) {
			p.mirrorStart()
		}
		if p.done == last {
			p.mirrorEnd()
		}
	}
	silent := true
	for i := max(0, k-2); i < min(last, k+3); i++ {
		silent = silent && (i >= p.done || !p.loud[i])
	}
	if silent {
		return nil
	}
	return p.x[k*Hop : k*Hop+4*Hop]
}

func (p *pulses) mirrorStart() {
	for i := range margin {
		from := min(2*margin-i, margin+p.done*Hop-1)
		p.x[i] = p.x[from]
	}
}

func (p *pulses) mirrorEnd() {
	end := margin + len(p.f0)*Hop
	for i := range margin {
		p.x[end+i] = p.x[max(0, end-2-i)]
	}
}

// hop computes the samples of frame k. The pitch is the straight line between the middles of the frames.
func (p *pulses) hop(k int) {
	x := p.x[margin+k*Hop:][:Hop]
	before, here, after := pitch(p.f0[max(0, k-1)]), pitch(p.f0[k]), pitch(p.f0[min(len(p.f0)-1, k+1)])
	p.loud[k] = before > unvoiced || here > unvoiced || after > unvoiced
	if !p.loud[k] {
		clear(x)
		p.phase = math.Mod(p.phase+Hop*unvoiced/float64(Rate), 1)
		return
	}
	p.line(x[:Hop/2], before, here, 0.5)
	p.line(x[Hop/2:], here, after, 0)
}

// line computes half a hop, in which the pitch goes from a to b; the first sample lies at from, of 1.
func (p *pulses) line(x []float32, a, b, from float64) {
	step := (b - a) / Hop
	f := a + (from+0.5/Hop)*(b-a)
	phase := p.phase
	for i := range x {
		g := max(f, unvoiced)
		phase += g / Rate
		phase -= float64(int(phase))
		if f > unvoiced {
			x[i] = p.sum(phase, g)
		} else {
			x[i] = 0
		}
		f += step
	}
	p.phase = phase
}

// sum adds up the harmonics of pitch f at a phase in turns.
func (p *pulses) sum(phase, f float64) float32 {
	h := float64(int(highest/f)) + 0.5
	below := 2 * p.tables.sine(phase*0.5)
	if below < 1e-5 {
		return float32(h - 0.5) // the limit at a whole turn
	}
	turns := h * phase
	return p.tables.sine(turns-float64(int(turns)))/below - 0.5
}

// pitch keeps what the network says within what a voice can do. Values below 0 are part of the line from an unvoiced
// frame to a voiced one.
func pitch(f float32) float64 {
	if f != f { // not a number
		return 0
	}
	return float64(max(-highestPitch, min(f, highestPitch)))
}

// grow returns a slice of length n, with the memory of s if it is large enough.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
