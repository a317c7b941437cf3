package fft

import "math"

// plan holds the twiddle factors of the five passes: w[r*p+k] = e^(-2 pi i p (k+1) / n).
type plan struct {
	w4  [3 * 150]twiddle
	w5a [4 * 30]twiddle
	w5b [4 * 6]twiddle
	w3  [2 * 2]twiddle
}

type twiddle struct{ c, s float32 }

func newPlan() *plan {
	p := new(plan)
	fill(p.w4[:], 4, 600)
	fill(p.w5a[:], 5, 150)
	fill(p.w5b[:], 5, 30)
	fill(p.w3[:], 3, 6)
	return p
}

func fill(w []twiddle, radix, n int) {
	for i := range w {
		p, k := i/(radix-1), i%(radix-1)+1
		s, c := math.Sincos(-2 * math.Pi * float64(p*k) / float64(n))
		w[i] = twiddle{float32(c), float32(s)}
	}
}

// run transforms the complex signal in re, im in place; the other two arrays are scratch.
func (p *plan) run(re, im, re2, im2 *[half]float32) {
	pass4(re2, im2, re, im, &p.w4)
	pass5(re, im, re2, im2, p.w5a[:], 4)
	pass5(re2, im2, re, im, p.w5b[:], 20)
	pass3(re, im, re2, im2, &p.w3)
	pass2(re2, im2, re, im)
	*re, *im = *re2, *im2
}

// pass4 is the first pass: 150 butterflies of radix 4, each with twiddles of its own.
func pass4(yr, yi, xr, xi *[half]float32, w *[3 * 150]twiddle) {
	const m = 150
	for p := range m {
		ar, ai := xr[p], xi[p]
		br, bi := xr[p+m], xi[p+m]
		cr, ci := xr[p+2*m], xi[p+2*m]
		dr, di := xr[p+3*m], xi[p+3*m]
		s0r, s0i, s1r, s1i := ar+cr, ai+ci, ar-cr, ai-ci
		s2r, s2i, s3r, s3i := br+dr, bi+di, bi-di, dr-br // s3 = -i (b - d)
		w1, w2, w3 := w[3*p], w[3*p+1], w[3*p+2]
		yr[4*p], yi[4*p] = s0r+s2r, s0i+s2i
		ur, ui := s1r+s3r, s1i+s3i
		yr[4*p+1], yi[4*p+1] = ur*w1.c-ui*w1.s, ur*w1.s+ui*w1.c
		ur, ui = s0r-s2r, s0i-s2i
		yr[4*p+2], yi[4*p+2] = ur*w2.c-ui*w2.s, ur*w2.s+ui*w2.c
		ur, ui = s1r-s3r, s1i-s3i
		yr[4*p+3], yi[4*p+3] = ur*w3.c-ui*w3.s, ur*w3.s+ui*w3.c
	}
}

const (
	cos72  = 0.30901699437494742  // cos(2 pi / 5)
	cos144 = -0.80901699437494742 // cos(4 pi / 5)
	sin72  = 0.95105651629515357
	sin144 = 0.58778525229247313
	sin60  = 0.86602540378443865
)

// pass5 is a pass of radix 5 with stride s.
func pass5(yr, yi, xr, xi *[half]float32, w []twiddle, s int) {
	m := len(w) / 4
	for p := range m {
		w1, w2, w3, w4 := w[4*p], w[4*p+1], w[4*p+2], w[4*p+3]
		in := func(j int) ([]float32, []float32) {
			from := s * (p + m*j)
			return xr[from : from+s : from+s], xi[from : from+s : from+s]
		}
		out := func(k int) ([]float32, []float32) {
			from := s * (5*p + k)
			return yr[from : from+s : from+s], yi[from : from+s : from+s]
		}
		x0r, x0i := in(0)
		x1r, x1i := in(1)
		x2r, x2i := in(2)
		x3r, x3i := in(3)
		x4r, x4i := in(4)
		y0r, y0i := out(0)
		y1r, y1i := out(1)
		y2r, y2i := out(2)
		y3r, y3i := out(3)
		y4r, y4i := out(4)
		for q := range x0r {
			ar, ai := x0r[q], x0i[q]
			t1r, t1i := x1r[q]+x4r[q], x1i[q]+x4i[q]
			t2r, t2i := x2r[q]+x3r[q], x2i[q]+x3i[q]
			d1r, d1i := x1r[q]-x4r[q], x1i[q]-x4i[q]
			d2r, d2i := x2r[q]-x3r[q], x2i[q]-x3i[q]
			y0r[q], y0i[q] = ar+t1r+t2r, ai+t1i+t2i
			ur, ui := ar+cos72*t1r+cos144*t2r, ai+cos72*t1i+cos144*t2i
			vr, vi := sin72*d1i+sin144*d2i, -(sin72*d1r + sin144*d2r)
			er, ei := ur+vr, ui+vi
			y1r[q], y1i[q] = er*w1.c-ei*w1.s, er*w1.s+ei*w1.c
			er, ei = ur-vr, ui-vi
			y4r[q], y4i[q] = er*w4.c-ei*w4.s, er*w4.s+ei*w4.c
			ur, ui = ar+cos144*t1r+cos72*t2r, ai+cos144*t1i+cos72*t2i
			vr, vi = sin144*d1i-sin72*d2i, -(sin144*d1r - sin72*d2r)
			er, ei = ur+vr, ui+vi
			y2r[q], y2i[q] = er*w2.c-ei*w2.s, er*w2.s+ei*w2.c
			er, ei = ur-vr, ui-vi
			y3r[q], y3i[q] = er*w3.c-ei*w3.s, er*w3.s+ei*w3.c
		}
	}
}

// pass3 is the pass of radix 3, with stride 100.
func pass3(yr, yi, xr, xi *[half]float32, w *[2 * 2]twiddle) {
	const s, m = 100, 2
	for p := range m {
		w1, w2 := w[2*p], w[2*p+1]
		for q := s * p; q < s*p+s; q++ {
			ar, ai := xr[q], xi[q]
			br, bi := xr[q+s*m], xi[q+s*m]
			cr, ci := xr[q+2*s*m], xi[q+2*s*m]
			tr, ti := br+cr, bi+ci
			ur, ui := ar-0.5*tr, ai-0.5*ti
			vr, vi := sin60*(bi-ci), -sin60*(br-cr)
			o := q + 2*s*p
			yr[o], yi[o] = ar+tr, ai+ti
			er, ei := ur+vr, ui+vi
			yr[o+s], yi[o+s] = er*w1.c-ei*w1.s, er*w1.s+ei*w1.c
			er, ei = ur-vr, ui-vi
			yr[o+2*s], yi[o+2*s] = er*w2.c-ei*w2.s, er*w2.s+ei*w2.c
		}
	}
}

// pass2 is the last pass, of radix 2.
func pass2(yr, yi, xr, xi *[half]float32) {
	const s = half / 2
	for q := range s {
		ar, ai, br, bi := xr[q], xi[q], xr[q+s], xi[q+s]
		yr[q], yi[q] = ar+br, ai+bi
		yr[q+s], yi[q+s] = ar-br, ai-bi
	}
}
