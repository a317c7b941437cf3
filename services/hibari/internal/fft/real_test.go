package fft

import (
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

func noise(seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, Size)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func TestForwardIsTheDiscreteFourierTransform(t *testing.T) {
	x := noise(1)
	double := make([]float64, Size)
	for i, v := range x {
		double[i] = float64(v)
	}
	want := fourier.NewFFT(Size).Coefficients(nil, double)
	re, im := make([]float32, Bins), make([]float32, Bins)
	New().Forward(re, im, x)
	for k := range want {
		if d := math.Hypot(real(want[k])-float64(re[k]), imag(want[k])-float64(im[k])); d > 1e-3 {
			t.Fatalf("bin %d: got %v%+vi, want %v", k, re[k], im[k], want[k])
		}
	}
}

func TestInverseUndoesForward(t *testing.T) {
	x, y := noise(2), make([]float32, Size)
	re, im := make([]float32, Bins), make([]float32, Bins)
	f := New()
	f.Forward(re, im, x)
	im[0], im[Bins-1] = 5, -5 // what a real signal cannot have is ignored
	f.Inverse(y, re, im)
	for i := range x {
		if math.Abs(float64(x[i]-y[i])) > 1e-5 {
			t.Fatalf("sample %d: got %v, want %v", i, y[i], x[i])
		}
	}
}

func BenchmarkForward(b *testing.B) {
	f, x := New(), noise(3)
	re, im := make([]float32, Bins), make([]float32, Bins)
	for b.Loop() {
		f.Forward(re, im, x)
	}
}

func BenchmarkInverse(b *testing.B) {
	f, x := New(), noise(3)
	re, im := make([]float32, Bins), make([]float32, Bins)
	f.Forward(re, im, x)
	for b.Loop() {
		f.Inverse(x, re, im)
	}
}

func BenchmarkGonumForward(b *testing.B) {
	f, x, c := fourier.NewFFT(Size), make([]float64, Size), make([]complex128, Bins)
	for i, v := range noise(3) {
		x[i] = float64(v)
	}
	for b.Loop() {
		f.Coefficients(c, x)
	}
}
