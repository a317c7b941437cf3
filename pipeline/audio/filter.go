package audio

import "math"

// lowpass is the prototype filter of a Resampler: a sinc under a Kaiser window, cut into one branch for each
// position that an output sample can have between two input samples.
//
// Branch p weighs the taps input samples around an output sample that lies p/branches behind the middle one.
type lowpass struct {
	taps   int       // a branch's length: even, and a multiple of 4 for the inner loop
	coeffs []float32 // branch after branch
}

// newLowpass designs the filter. Frequencies are in cycles per input sample: up to pass the gain is 1, from stop
// on it is below -attenuation dB, give or take the ripple that the window has on both sides.
func newLowpass(branches int, pass, stop, attenuation float64) lowpass {
	beta := kaiserBeta(attenuation)
	// Kaiser's estimate of the length that this attenuation needs over this transition.
	half := (attenuation - 7.95) / (2 * 2.285 * 2 * math.Pi * (stop - pass))
	taps := (int(math.Ceil(2*half))/4 + 1) * 4
	f := lowpass{taps: taps, coeffs: make([]float32, branches*taps)}

	w := newWindow(beta, float64(taps/2))
	cut := pass + stop // twice the middle of the transition
	row := make([]float64, taps)
	for p := 0; p <= branches/2; p++ {
		// Scaling every branch to a sum of 1 keeps a constant input constant.
		sum := 0.0
		for j := range row {
			x := float64(j-taps/2+1) - float64(p)/float64(branches)
			row[j] = sinc(cut*x) * w.at(x)
			sum += row[j]
		}
		for j, h := range row {
			f.coeffs[p*taps+j] = float32(h / sum)
			if p > 0 { // the filter is symmetric: this branch backwards is the one as far from the other end
				f.coeffs[(branches-p)*taps+taps-1-j] = float32(h / sum)
			}
		}
	}
	return f
}

// branch returns the coefficients for position p.
func (f *lowpass) branch(p int) []float32 { return f.coeffs[p*f.taps : (p+1)*f.taps] }

// dot is the inner loop: four sums, so that additions need not wait for each other.
func dot(h, x []float32) float32 {
	x = x[:len(h)]
	var a, b, c, d float32
	for len(h) >= 4 && len(x) >= 4 {
		a += h[0] * x[0]
		b += h[1] * x[1]
		c += h[2] * x[2]
		d += h[3] * x[3]
		h, x = h[4:], x[4:]
	}
	return (a + b) + (c + d)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

// kaiserBeta is Kaiser's formula for the window's shape, for more than 50 dB.
func kaiserBeta(attenuation float64) float64 { return 0.1102 * (attenuation - 8.7) }

// window is a Kaiser window over [-half, half].
type window struct{ beta, half, scale float64 }

func newWindow(beta, half float64) window {
	return window{beta: beta, half: half, scale: 1 / besselI0(beta)}
}

func (w window) at(x float64) float64 {
	r := x / w.half
	return besselI0(w.beta*math.Sqrt(max(0, 1-r*r))) * w.scale
}

// besselI0 is the modified Bessel function of the first kind, by its power series: as many terms as change the
// sum.
func besselI0(x float64) float64 {
	sum, term := 1.0, 1.0
	q := x * x / 4
	for k := 1.0; term > sum*1e-9; k++ {
		term *= q / (k * k)
		sum += term
	}
	return sum
}
