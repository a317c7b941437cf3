package audio

import (
	"fmt"
	"math"
)

// maxCoeffs bounds a Resampler's table to 1 MiB; all ratios between usual rates need less than half of it.
const maxCoeffs = 1 << 18

// block is how many input samples are filtered at a time.
const block = 512

// Resampler changes the rate of a stream of mono audio by a polyphase FIR filter with linear phase.
//
// Output sample k stands for the moment k/to of the stream: nothing is shifted. So the output that depends on
// input yet to come, Latency samples of it, is held back until that comes, or Flush. A stream of n samples
// gives exactly n·to/from in all, rounded up, however it was cut into pieces; the samples do not depend on the cut either.
//
// With the default options, measured with sines at every pair of 8, 11.025, 12, 16, 22.05, 24, 32, 44.1 and 48
// kHz: up to 0.9 of the lower Nyquist frequency the gain is within 0.001 dB of 1; what lies above that Nyquist
// frequency is at least 80 dB below the input, and so are the images that arise between samples. What is held back are
// 52 samples of the lower rate: 2.2 ms at 24 kHz, 3.3 ms at 16 kHz, 6.5 ms at 8 kHz.
//
// A Resampler is for one stream and one goroutine at a time. It does not allocate beyond what dst needs.
type Resampler struct {
	from, to int
	up, down int // to/from in lowest terms
	filter   lowpass

	in, out int64     // samples of this stream so far
	hist    []float32 // input that is still needed; its first sample is the first tap of the next output
	phase   int       // of the next output, in steps of 1/up input samples
}

// NewResampler makes a Resampler from one rate to another, in samples per second. Rates that have no simple
// enough ratio give ErrFormat: all from 8 to 48 kHz in common use have one.
func NewResampler(from, to int, opts ...ResamplerOption) (*Resampler, error) {
	s := resamplerDefaults()
	for _, o := range opts {
		if err := o(&s); err != nil {
			return nil, err
		}
	}
	if from < 1000 || to < 1000 || from > 768000 || to > 768000 {
		return nil, fmt.Errorf("%w: cannot resample from %d to %d Hz, rates must be within 1000 to 768000", ErrFormat, from, to)
	}
	g := gcd(from, to)
	r := &Resampler{from: from, to: to, up: to / g, down: from / g}
	if from == to {
		return r, nil
	}
	nyquist := 0.5 * math.Min(1, float64(to)/float64(from)) // cycles per input sample
	taps := s.rejection / 14 / (nyquist * (1 - s.passband)) // roughly, to refuse before computing
	if taps*float64(r.up) > maxCoeffs {
		return nil, fmt.Errorf("%w: the ratio of %d to %d Hz is too odd, %d:%d in lowest terms; go through a common rate such as 48000",
			ErrFormat, from, to, r.down, r.up)
	}
	r.filter = newLowpass(r.up, s.passband*nyquist, nyquist, s.rejection)
	r.hist = make([]float32, 0, r.filter.taps+block)
	r.reset()
	return r, nil
}

// Latency is how many output samples are held back at most while the stream goes on, because they depend on
// input that has not come.
func (r *Resampler) Latency() int {
	return (r.filter.taps/2*r.up + r.down - 1) / r.down
}

// Process takes the next samples of the stream, appends the output that they complete to dst, and returns the
// longer slice. It keeps neither slice.
func (r *Resampler) Process(dst, src []int16) []int16 {
	r.in += int64(len(src))
	if r.from == r.to {
		r.out += int64(len(src))
		return append(dst, src...)
	}
	for len(src) > 0 {
		n := min(len(src), block)
		for _, s := range src[:n] {
			r.hist = append(r.hist, float32(s))
		}
		src = src[n:]
		dst = r.run(dst, math.MaxInt64)
	}
	return dst
}

// Flush ends the stream: it appends the output that was held back. The next Process begins a new stream.
func (r *Resampler) Flush(dst []int16) []int16 {
	if r.from != r.to {
		// What comes behind the end is silence; total is the number of samples whose moment lies within the stream.
		total := (r.in*int64(r.up) + int64(r.down) - 1) / int64(r.down)
		for left := r.filter.taps / 2; left > 0; left -= block {
			for range min(left, block) {
				r.hist = append(r.hist, 0)
			}
			dst = r.run(dst, total)
		}
	}
	r.reset()
	return dst
}

// run makes all outputs for which the input is there, as long as there are fewer than limit.
func (r *Resampler) run(dst []int16, limit int64) []int16 {
	at := 0
	for at+r.filter.taps <= len(r.hist) && r.out < limit {
		dst = append(dst, round(dot(r.filter.branch(r.phase), r.hist[at:])))
		r.out++
		r.phase += r.down
		at += r.phase / r.up
		r.phase %= r.up
	}
	n := copy(r.hist, r.hist[at:])
	r.hist = r.hist[:n]
	return dst
}

// reset begins a stream: silence before its first sample, which is in the middle of the filter.
func (r *Resampler) reset() {
	r.in, r.out, r.phase = 0, 0, 0
	if r.from != r.to {
		r.hist = r.hist[:r.filter.taps/2-1]
		clear(r.hist)
	}
}

func round(x float32) int16 {
	switch {
	case x >= math.MaxInt16:
		return math.MaxInt16
	case x <= math.MinInt16:
		return math.MinInt16
	case x < 0:
		return int16(x - 0.5)
	}
	return int16(x + 0.5)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
