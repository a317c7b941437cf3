package audio_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
)

var allRates = []int{8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000}

func sine(rate int, hz, amplitude float64, samples int) []int16 {
	pcm := make([]int16, samples)
	for i := range pcm {
		pcm[i] = int16(math.Round(amplitude * math.Sin(2*math.Pi*hz*float64(i)/float64(rate))))
	}
	return pcm
}

// fit finds the sine of a frequency within audio, by least squares: its amplitude, how far it is shifted against
// sine's, in samples, and the root mean square of all the rest.
func fit(pcm []int16, offset, rate int, hz float64) (amplitude, shift, rest float64) {
	w := 2 * math.Pi * hz / float64(rate)
	var ss, cc, sc, xs, xc float64
	sines, cosines := make([]float64, len(pcm)), make([]float64, len(pcm))
	for i, v := range pcm {
		s, c := math.Sincos(w * float64(i+offset))
		sines[i], cosines[i] = s, c
		ss, cc, sc = ss+s*s, cc+c*c, sc+s*c
		xs, xc = xs+s*float64(v), xc+c*float64(v)
	}
	det := ss*cc - sc*sc
	a, b := (xs*cc-xc*sc)/det, (xc*ss-xs*sc)/det
	sum := 0.0
	for i, v := range pcm {
		d := float64(v) - a*sines[i] - b*cosines[i]
		sum += d * d
	}
	return math.Hypot(a, b), -math.Atan2(b, a) / w, math.Sqrt(sum / float64(len(pcm)))
}

func dB(ratio float64) float64 { return 20 * math.Log10(ratio) }

// run resamples a whole stream and cuts off both ends, where the filter sees the edges.
func run(t testing.TB, r *audio.Resampler, from, to int, src []int16) (middle []int16, offset int) {
	t.Helper()
	out := r.Flush(r.Process(nil, src))
	cut := r.Latency() + to/from + 2
	return out[cut : len(out)-cut], cut
}

// A sweep of sines over the whole band, at every pair of rates: what may pass must pass unchanged and unshifted,
// what may not must vanish. The limits are the figures in Resampler's documentation.
func TestSweep(t *testing.T) {
	var ripple, rejection, images float64 = 0, 200, 200
	for _, from := range allRates {
		for _, to := range allRates {
			if from == to {
				continue
			}
			r, err := audio.NewResampler(from, to)
			if err != nil {
				t.Fatal(err)
			}
			nyquist := float64(min(from, to)) / 2
			const amplitude = 30000
			n := from / 20
			for share := 0.013; share < 0.9; share += 0.0739 {
				hz := share * nyquist
				mid, offset := run(t, r, from, to, sine(from, hz, amplitude, n))
				got, shift, rest := fit(mid, offset, to, hz)
				ripple = max(ripple, math.Abs(dB(got/amplitude)))
				images = min(images, -dB(rest*math.Sqrt2/amplitude))
				if math.Abs(shift) > 0.01 {
					t.Fatalf("%d to %d: %.0f Hz is shifted by %.3f samples", from, to, hz, shift)
				}
			}
			for share := 1.001; share*nyquist < float64(from)/2; share += 0.111 {
				hz := share * nyquist
				mid, _ := run(t, r, from, to, sine(from, hz, amplitude, n))
				left := audio.PCM{Samples: mid}.RMS() + 90.309 // in dB of one step
				rejection = min(rejection, dB(amplitude/math.Sqrt2)-left)
			}
		}
	}
	t.Logf("passband within %.4f dB, aliases %.1f dB down, images and noise %.1f dB down", ripple, rejection, images)
	if ripple > 0.001 || rejection < 80 || images < 80 {
		t.Errorf("passband within %.4f dB, aliases %.1f dB down, images and noise %.1f dB down; want 0.001, 80 and 80", ripple, rejection, images)
	}
}

func TestChunkingDoesNotMatter(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, pair := range [][2]int{{8000, 16000}, {16000, 8000}, {44100, 48000}, {48000, 44100}, {22050, 16000}, {11025, 32000}, {16000, 16000}} {
		src := make([]int16, 20011)
		for i := range src {
			src[i] = int16(rnd.Uint32())
		}
		r, err := audio.NewResampler(pair[0], pair[1])
		if err != nil {
			t.Fatal(err)
		}
		whole := r.Flush(r.Process(nil, src))
		for _, biggest := range []int{1, 7, 320, 3000} {
			var got []int16
			for rest := src; len(rest) > 0; {
				n := min(len(rest), 1+rnd.IntN(biggest))
				got = r.Process(got, rest[:n])
				rest = rest[n:]
			}
			got = r.Flush(got) // and the same Resampler again
			if !slices.Equal(got, whole) {
				t.Errorf("%v: pieces of up to %d samples give other audio than the whole", pair, biggest)
			}
		}
	}
}

func TestLengthAndLatency(t *testing.T) {
	for _, from := range allRates {
		for _, to := range allRates {
			r, err := audio.NewResampler(from, to)
			if err != nil {
				t.Fatal(err)
			}
			for _, n := range []int{0, 1, 2, 159, 160, 441, 5000} {
				src := make([]int16, n)
				steady := r.Process(nil, src)
				due := (n*to + from - 1) / from
				if held := due - len(steady); held > r.Latency() || held < 0 {
					t.Errorf("%d to %d: of %d input samples %d outputs are held back, want at most %d", from, to, n, held, r.Latency())
				}
				if all := r.Flush(steady); len(all) != due {
					t.Errorf("%d to %d: %d input samples give %d, want %d", from, to, n, len(all), due)
				}
			}
		}
	}
}

// In the steady state 20 ms in are 20 ms out, as long as both are whole numbers of samples.
func TestSteadyFrames(t *testing.T) {
	r, err := audio.NewResampler(22050, 24000)
	if err != nil {
		t.Fatal(err)
	}
	src := make([]int16, 441)
	r.Process(nil, src)
	for i := range 100 {
		if got := len(r.Process(nil, src)); got != 480 {
			t.Fatalf("frame %d: %d samples, want 480", i, got)
		}
	}
}

func TestFullScaleIsClippedNotWrapped(t *testing.T) {
	src := make([]int16, 4000)
	for i := range src {
		if src[i] = math.MaxInt16; i/50%2 == 0 {
			src[i] = math.MinInt16
		}
	}
	r, _ := audio.NewResampler(8000, 48000)
	out := r.Flush(r.Process(nil, src))
	for i := 1; i < len(out); i++ {
		if d := int(out[i]) - int(out[i-1]); d > 40000 || d < -40000 {
			t.Fatalf("a step of %d at sample %d: the overshoot wrapped", d, i)
		}
	}
}

func TestConstantStaysConstant(t *testing.T) {
	src := make([]int16, 4000)
	for i := range src {
		src[i] = 12345
	}
	for _, to := range allRates {
		r, _ := audio.NewResampler(16000, to)
		mid, _ := run(t, r, 16000, to, src)
		for i, s := range mid {
			if s != 12345 {
				t.Fatalf("to %d: sample %d is %d, want 12345", to, i, s)
			}
		}
	}
}

func TestResamplerOptions(t *testing.T) {
	for name, tc := range map[string]struct {
		from, to int
		opt      audio.ResamplerOption
		want     error
	}{
		"no rate":          {0, 16000, nil, audio.ErrFormat},
		"negative rate":    {16000, -1, nil, audio.ErrFormat},
		"absurd rate":      {16000, 1 << 40, nil, audio.ErrFormat},
		"odd ratio":        {16000, 47999, nil, audio.ErrFormat},
		"passband":         {8000, 16000, audio.WithPassband(1), audio.ErrOption},
		"passband NaN":     {8000, 16000, audio.WithPassband(math.NaN()), audio.ErrOption},
		"rejection":        {8000, 16000, audio.WithRejection(200), audio.ErrOption},
		"good":             {8000, 16000, audio.WithPassband(0.98), nil},
		"steep, all rates": {11025, 32000, audio.WithPassband(0.9), nil},
	} {
		var opts []audio.ResamplerOption
		if tc.opt != nil {
			opts = append(opts, tc.opt)
		}
		if _, err := audio.NewResampler(tc.from, tc.to, opts...); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestShorterFilterForLessLatency(t *testing.T) {
	long, _ := audio.NewResampler(24000, 16000)
	short, _ := audio.NewResampler(24000, 16000, audio.WithPassband(0.7), audio.WithRejection(60))
	if short.Latency()*3 > long.Latency() {
		t.Errorf("latency %d, by default %d; want a third at most", short.Latency(), long.Latency())
	}
	mid, offset := run(t, short, 24000, 16000, sine(24000, 5000, 30000, 4800))
	if a, _, rest := fit(mid, offset, 16000, 5000); math.Abs(dB(a/30000)) > 0.02 || rest > 30000e-3 {
		t.Errorf("5 kHz passes with amplitude %.0f and %.1f of noise", a, rest)
	}
}

func TestResamplerDoesNotAllocate(t *testing.T) {
	r, _ := audio.NewResampler(24000, 16000)
	src, dst := make([]int16, 480), make([]int16, 0, 1000)
	if n := testing.AllocsPerRun(100, func() { dst = r.Process(dst[:0], src) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if n := testing.AllocsPerRun(100, func() { dst = r.Flush(r.Process(dst[:0], src)) }); n != 0 {
		t.Errorf("%v allocations with a Flush", n)
	}
}

func TestResampleKeepsChannelsApart(t *testing.T) {
	left, right := sine(48000, 440, 20000, 9600), sine(48000, 1000, 10000, 9600)
	both, err := audio.Stereo(audio.PCM{Format: audio.Mono(48000), Samples: left}, audio.PCM{Format: audio.Mono(48000), Samples: right})
	if err != nil {
		t.Fatal(err)
	}
	got, err := audio.Resample(both, 16000)
	if err != nil {
		t.Fatal(err)
	}
	if got.Rate != 16000 || got.Channels != 2 || got.Duration() != 200*time.Millisecond {
		t.Fatalf("%v for %v", got.Format, got.Duration())
	}
	for c, want := range [][]int16{left, right} {
		one, _ := audio.Resample(audio.PCM{Format: audio.Mono(48000), Samples: want}, 16000)
		for i, s := range one.Samples {
			if got.Samples[2*i+c] != s {
				t.Fatalf("channel %d differs from the same channel alone at sample %d", c, i)
			}
		}
	}
	if _, err := audio.Resample(audio.PCM{Format: audio.Format{Rate: 8000, Channels: 2}, Samples: make([]int16, 3)}, 16000); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("half a stereo sample: %v, want ErrFormat", err)
	}
	if _, err := audio.Resample(audio.PCM{}, 16000); !errors.Is(err, audio.ErrFormat) {
		t.Errorf("zero PCM: %v, want ErrFormat", err)
	}
}

func BenchmarkResampler(b *testing.B) {
	for _, pair := range [][2]int{{24000, 16000}, {48000, 16000}, {8000, 16000}, {22050, 24000}, {44100, 48000}} {
		b.Run(fmt.Sprintf("%d-%d", pair[0], pair[1]), func(b *testing.B) {
			r, err := audio.NewResampler(pair[0], pair[1])
			if err != nil {
				b.Fatal(err)
			}
			src, dst := make([]int16, pair[0]/50), make([]int16, 0, 2000)
			b.ReportAllocs()
			for b.Loop() {
				dst = r.Process(dst[:0], src)
			}
		})
	}
}

func BenchmarkNewResampler(b *testing.B) {
	for _, pair := range [][2]int{{24000, 16000}, {22050, 24000}, {44100, 48000}, {32000, 11025}} {
		b.Run(fmt.Sprintf("%d-%d", pair[0], pair[1]), func(b *testing.B) {
			for b.Loop() {
				if _, err := audio.NewResampler(pair[0], pair[1]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleResampler() {
	r, err := audio.NewResampler(24000, 16000)
	if err != nil {
		fmt.Println(err)
		return
	}
	speech := make([]int16, 480) // 20 ms of a stream
	var out []int16
	for range 50 {
		out = r.Process(out, speech)
	}
	fmt.Println(len(out), "and in the end", len(r.Flush(out)))
	// Output: 15950 and in the end 16000
}
