package silero

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-audio/wav"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

var _ services.VAD = (*Engine)(nil)

// newEngine loads the model. Without it the test fails and says how to fetch it.
func newEngine(t testing.TB) *Engine {
	t.Helper()
	e, err := New()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func newTestDetector(t testing.TB, e *Engine) services.Detector {
	t.Helper()
	d, err := e.NewDetector(audio.Mono(16000))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// recording returns ten seconds of a human voice at 16 kHz.
func recording(t testing.TB) []int16 {
	t.Helper()
	path, err := models.File(models.Moonshine, models.Recording)
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buffer, err := wav.NewDecoder(f).FullPCMBuffer()
	if err != nil {
		t.Fatal(err)
	}
	samples := make([]int16, len(buffer.Data))
	for i, s := range buffer.Data {
		samples[i] = int16(s)
	}
	return samples
}

// hear returns the probability of each whole window of samples.
func hear(t testing.TB, d services.Detector, samples []int16) []float32 {
	t.Helper()
	var list []float32
	for n := d.Window(); len(samples) >= n; samples = samples[n:] {
		p, err := d.Probability(samples[:n])
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
	return list
}

// phrases returns the stretches of windows above 0.5 as pairs of first window and window after the last.
func phrases(list []float32) [][2]int {
	var found [][2]int
	start := -1
	for i, p := range append(list, 0) {
		switch {
		case p > 0.5 && start < 0:
			start = i
		case p <= 0.5 && start >= 0:
			found = append(found, [2]int{start, i})
			start = -1
		}
	}
	return found
}

// The recording has six phrases with pauses between them. The bounds are those that the waveform shows, in windows
// of 32 ms.
var spoken = [][2]int{{11, 37}, {59, 87}, {110, 131}, {153, 174}, {206, 229}, {253, 276}}

func TestHearsPhrasesAndPauses(t *testing.T) {
	e := newEngine(t)
	random := rand.New(rand.NewPCG(1, 2))
	tests := map[string]func(s int16) int16{
		"as recorded":   func(s int16) int16 { return s },
		"10 dB quieter": func(s int16) int16 { return int16(float64(s) * 0.316) },
		"with noise":    func(s int16) int16 { return s + int16(random.NormFloat64()*60) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			samples := recording(t)
			for i, s := range samples {
				samples[i] = change(s)
			}
			got := phrases(hear(t, newTestDetector(t, e), samples))
			if len(got) != len(spoken) {
				t.Fatalf("heard phrases %v, want about %v", got, spoken)
			}
			for i, want := range spoken {
				if d := got[i][0] - want[0]; d < -3 || d > 3 {
					t.Errorf("phrase %d starts at window %d, want about %d", i, got[i][0], want[0])
				}
				if d := got[i][1] - want[1]; d < -5 || d > 5 {
					t.Errorf("phrase %d ends at window %d, want about %d", i, got[i][1], want[1])
				}
			}
		})
	}
}

func TestHearsNoVoiceElsewhere(t *testing.T) {
	e := newEngine(t)
	random := rand.New(rand.NewPCG(1, 2))
	tests := map[string]func(i int) float64{
		"silence":     func(int) float64 { return 0 },
		"quiet noise": func(int) float64 { return random.NormFloat64() * 30 },
		"loud noise":  func(int) float64 { return random.NormFloat64() * 3000 },
		"hum":         func(i int) float64 { return 4000 * math.Sin(2*math.Pi*50*float64(i)/16000) },
		"dial tone":   func(i int) float64 { return 6000 * math.Sin(2*math.Pi*425*float64(i)/16000) },
	}
	for name, sample := range tests {
		t.Run(name, func(t *testing.T) {
			samples := make([]int16, 5*16000)
			for i := range samples {
				samples[i] = int16(sample(i))
			}
			if got := phrases(hear(t, newTestDetector(t, e), samples)); len(got) > 0 {
				t.Errorf("heard a voice in windows %v", got)
			}
		})
	}
}

func TestDetectorsDoNotDisturbEachOther(t *testing.T) {
	e := newEngine(t)
	samples := recording(t)[:3*16000]
	want := hear(t, newTestDetector(t, e), samples)
	var wg sync.WaitGroup
	for range 8 {
		d := newTestDetector(t, e)
		wg.Go(func() {
			for i := range want {
				got, err := d.Probability(samples[i*512 : (i+1)*512])
				if err != nil || got != want[i] {
					t.Errorf("window %d: probability %v (%v), want %v", i, got, err, want[i])
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestRefusesOtherFormats(t *testing.T) {
	e := newEngine(t)
	for _, f := range []audio.Format{audio.Mono(8000), audio.Mono(48000), {Rate: 16000, Channels: 2}, {}} {
		_, err := e.NewDetector(f)
		var refused *services.ErrFormat
		if !errors.As(err, &refused) || refused.Got != f {
			t.Errorf("NewDetector(%v) = %v, want an ErrFormat", f, err)
		}
	}
}

func TestRefusesOtherWindows(t *testing.T) {
	d := newTestDetector(t, newEngine(t))
	for _, n := range []int{0, 1, 160, 511, 513} {
		if _, err := d.Probability(make([]int16, n)); !errors.Is(err, ErrWindow) {
			t.Errorf("window of %d samples: %v, want ErrWindow", n, err)
		}
	}
}

func TestEngineOutlivesItsClose(t *testing.T) {
	e, err := New()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	d := newTestDetector(t, e)
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Probability(make([]int16, 512)); err != nil {
		t.Errorf("an open detector failed after its engine was closed: %v", err)
	}
	if _, err := e.NewDetector(audio.Mono(16000)); !errors.Is(err, ErrClosed) {
		t.Errorf("new detector of a closed engine: %v, want ErrClosed", err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := d.Probability(make([]int16, 512)); !errors.Is(err, ErrClosed) {
		t.Errorf("closed detector: %v, want ErrClosed", err)
	}
}

func TestNewWithoutModel(t *testing.T) {
	t.Setenv(models.EnvDir, t.TempDir())
	_, err := New()
	if !errors.Is(err, models.ErrMissing) || !strings.Contains(err.Error(), "parley setup") {
		t.Errorf("New without a model: %v, want ErrMissing and advice", err)
	}
}

func TestNewWithBrokenModel(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.onnx")
	if err := os.WriteFile(path, []byte("not a model"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(WithModel(path)); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("New with a broken model: %v, want an error that names %s", err, path)
	}
}

// The wrapper of the C library makes a few small objects for each run; nothing may be added to these.
func TestWindowAllocatesLittle(t *testing.T) {
	d := newTestDetector(t, newEngine(t))
	window := make([]int16, 512)
	allocs := testing.AllocsPerRun(50, func() {
		if _, err := d.Probability(window); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 8 {
		t.Errorf("%.0f allocations for a window, want at most 8", allocs)
	}
}

func BenchmarkWindow(b *testing.B) {
	d := newTestDetector(b, newEngine(b))
	samples := recording(b)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i+512 > len(samples) {
			i = 0
		}
		if _, err := d.Probability(samples[i : i+512]); err != nil {
			b.Fatal(err)
		}
		i += 512
	}
}
