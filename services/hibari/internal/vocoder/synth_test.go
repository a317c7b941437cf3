package vocoder

import (
	"fmt"
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/dsp/fourier"
)

// example makes spectra like those of speech: silence, then a voice whose pitch moves, then silence.
func example(frames int, noise float32) Spectra {
	rng := rand.New(rand.NewPCG(7, uint64(frames)))
	n := Bins * frames
	sp := Spectra{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, frames)}
	for k := range frames {
		voiced := k >= frames/4 && k < frames-frames/4
		sp.F0[k] = -1.5
		if voiced {
			sp.F0[k] = 180 + 40*float32(math.Sin(float64(k)/5))
		}
		for b := range Bins {
			i := b*frames + k
			sp.Harmonic[i] = 2 - float32(b)/60
			sp.Rotation[i] = 3 * float32(rng.NormFloat64())
			sp.Noise[i] = noise
			sp.Free[i] = -4 - float32(b)/100
			sp.Phase[i] = 3 * float32(rng.NormFloat64())
			if !voiced {
				sp.Free[i] = -20
			}
		}
	}
	return sp
}

func render(t testing.TB, s *Synthesizer, sp Spectra) []float32 {
	t.Helper()
	if err := s.Start(sp); err != nil {
		t.Fatal(err)
	}
	var all []float32
	for piece := s.Next(); piece != nil; piece = s.Next() {
		all = append(all, piece...)
	}
	return all
}

// reference is the definition, in float64 and without noise.
func reference(sp Spectra) []float64 {
	total := sp.Frames()
	samples := total * Hop
	f0 := func(k int) float64 { return float64(sp.F0[min(max(k, 0), total-1)]) }
	x := make([]float64, samples)
	phase := 0.0
	for i := range x {
		at := (float64(i)+0.5)/Hop - 0.5
		k := int(math.Floor(at))
		f := f0(k) + (at-float64(k))*(f0(k+1)-f0(k))
		phase += max(f, unvoiced) / Rate
		if f <= unvoiced {
			continue
		}
		for h := 1; float64(h)*f <= highest; h++ {
			x[i] += math.Cos(2 * math.Pi * float64(h) * phase)
		}
	}
	mirrored := func(i int) float64 {
		if i < 0 {
			i = -i
		}
		if i >= samples {
			i = 2*(samples-1) - i
		}
		return x[i]
	}
	window := func(j int) float64 { return 0.5 - 0.5*math.Cos(2*math.Pi*float64(j)/1200) }
	transform := fourier.NewFFT(1200)
	sum, norm := make([]float64, samples+1200), make([]float64, samples+1200)
	for k := range total {
		frame := make([]float64, 1200)
		for j := range frame {
			frame[j] = mirrored(k*Hop+j-600) * window(j) / Hop
		}
		spectrum := transform.Coefficients(nil, frame)
		for b := range spectrum {
			i := b*total + k
			level := func(v float32) complex128 { return complex(math.Exp(min(float64(v), loudest)), 0) }
			spectrum[b] *= level(sp.Harmonic[i]) * cmplx.Exp(complex(0, math.Pi*math.Tanh(float64(sp.Rotation[i]))))
			spectrum[b] += level(sp.Free[i]) * cmplx.Exp(complex(0, float64(sp.Phase[i])))
		}
		for j, v := range transform.Sequence(nil, spectrum) {
			sum[k*Hop+j] += v / 1200 * window(j)
			norm[k*Hop+j] += window(j) * window(j)
		}
	}
	out := make([]float64, samples)
	for i := range out {
		out[i] = sum[i+600] / max(norm[i+600], 1e-11)
	}
	return out
}

func TestMatchesTheDefinition(t *testing.T) {
	s := New()
	for _, frames := range []int{3, 4, 15, 16, 17, 18, 32, 50} {
		t.Run(fmt.Sprint(frames, " frames"), func(t *testing.T) {
			sp := example(frames, -20)
			got, want := render(t, s, sp), reference(sp)
			if len(got) != len(want) {
				t.Fatalf("got %d samples, want %d", len(got), len(want))
			}
			var signal, wrong float64
			for i := range want {
				d := float64(got[i]) - want[i]
				signal += want[i] * want[i]
				wrong += d * d
			}
			if ratio := 10 * math.Log10(signal/wrong); signal > 0 && ratio < 75 {
				t.Errorf("signal to error ratio is %.1f dB, want 75", ratio)
			}
		})
	}
}

func TestVeryShortSentences(t *testing.T) {
	s := New()
	for frames := 1; frames < 3; frames++ {
		if got := render(t, s, example(frames, -5)); len(got) != frames*Hop {
			t.Errorf("%d frames: got %d samples", frames, len(got))
		}
	}
}

func TestNoiseHasTheAskedLevel(t *testing.T) {
	const frames = 200
	sp := example(frames, -3)
	clear(sp.F0)
	for i := range sp.Free {
		sp.Free[i] = -20
	}
	x := render(t, New(), sp)
	var power float64
	for _, v := range x[2*Hop : len(x)-2*Hop] {
		power += float64(v) * float64(v)
	}
	power /= float64(len(x) - 4*Hop)
	// 1200 complex values of variance 2 e^-6 over 1200^2, and half of that power is lost in the overlap: the four
	// frames under a sample are independent, and their weights w/1.5 have squares that sum up to 1.5/1.5^2.
	want := 2 * math.Exp(-6) / 1200 / 1.5
	if r := power / want; r < 0.95 || r > 1.05 {
		t.Errorf("power %.3g, want %.3g", power, want)
	}
}

func TestBrokenNumbersDoNotPanic(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, v := range []float32{nan, inf, -inf, 3e38, -3e38} {
		sp := example(20, -5)
		for _, part := range [][]float32{sp.Harmonic, sp.Rotation, sp.Noise, sp.Free, sp.Phase, sp.F0} {
			for i := 0; i < len(part); i += 3 {
				part[i] = v
			}
		}
		if got := render(t, New(), sp); len(got) != 20*Hop {
			t.Errorf("%v: got %d samples", v, len(got))
		}
	}
}

func TestStartRejectsSpectraOfTheWrongSize(t *testing.T) {
	sp := example(10, -5)
	sp.Noise = sp.Noise[1:]
	if err := New().Start(sp); err == nil {
		t.Error("no error")
	}
	if err := New().Start(Spectra{}); err == nil {
		t.Error("no error for no frames")
	}
}

func TestNextDoesNotAllocate(t *testing.T) {
	s, sp := New(), example(64, -5)
	render(t, s, sp)
	if n := testing.AllocsPerRun(5, func() {
		_ = s.Start(sp)
		for s.Next() != nil {
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkSynthesize(b *testing.B) {
	const frames = 304 // 3.8 s, a sentence of ten words
	s, sp := New(), example(frames, -5)
	for b.Loop() {
		_ = s.Start(sp)
		for s.Next() != nil {
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*frames), "us/frame")
}
