package fft

import "math"

const (
	// Size is the number of real samples of a frame.
	Size = 1200
	// Bins is the number of complex values of its spectrum, from 0 to half the sampling rate.
	Bins = Size/2 + 1

	half = Size / 2
)

// Transform holds the tables and the working memory of one user. It is not safe for concurrent use; make one for
// each goroutine. The zero value is not ready: call New.
type Transform struct {
	plan             *plan
	cos, sin         [half]float32 // e^(-2 pi i k / Size)
	re, im, re2, im2 [half]float32
}

// New makes a transform.
func New() *Transform {
	t := &Transform{plan: newPlan()}
	for k := range half {
		s, c := math.Sincos(-2 * math.Pi * float64(k) / Size)
		t.cos[k], t.sin[k] = float32(c), float32(s)
	}
	return t
}

// Forward computes the spectrum of x, which has Size samples, into re and im, which have Bins values each.
func (t *Transform) Forward(re, im, x []float32) {
	x, re, im = x[:Size], re[:Bins], im[:Bins]
	for n := range half {
		t.re[n], t.im[n] = x[2*n], x[2*n+1]
	}
	t.plan.run(&t.re, &t.im, &t.re2, &t.im2)

	// The spectra of the even and the odd samples are the parts of Z with and without conjugate symmetry.
	zr, zi := &t.re, &t.im
	re[0], im[0] = zr[0]+zi[0], 0
	re[half], im[half] = zr[0]-zi[0], 0
	for k := 1; k < half; k++ {
		ar, ai := zr[k], zi[k]
		br, bi := zr[half-k], -zi[half-k]
		er, ei := ar+br, ai+bi
		or, oi := ai-bi, br-ar // (a - b) / i
		c, s := t.cos[k], t.sin[k]
		re[k] = 0.5 * (er + c*or - s*oi)
		im[k] = 0.5 * (ei + c*oi + s*or)
	}
}

// Inverse computes the signal of a spectrum of Bins values into x, which gets Size samples: Inverse undoes
// Forward. The imaginary parts of the first and the last bin are ignored.
func (t *Transform) Inverse(x, re, im []float32) {
	x, re, im = x[:Size], re[:Bins], im[:Bins]
	const scale = 1.0 / Size
	zr, zi := &t.re, &t.im
	zr[0], zi[0] = scale*(re[0]+re[half]), scale*(re[0]-re[half])
	for k := 1; k < half; k++ {
		ar, ai := re[k], im[k]
		br, bi := re[half-k], -im[half-k]
		er, ei := ar+br, ai+bi
		dr, di := ar-br, ai-bi
		c, s := t.cos[k], -t.sin[k]
		or, oi := c*dr-s*di, c*di+s*dr
		zr[k], zi[k] = scale*(er-oi), scale*(ei+or)
	}
	// A transform with the parts exchanged, before and after, runs backwards.
	t.plan.run(zi, zr, &t.im2, &t.re2)
	for n := range half {
		x[2*n], x[2*n+1] = t.re[n], t.im[n]
	}
}
