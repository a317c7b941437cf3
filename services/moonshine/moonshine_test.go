package moonshine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-audio/wav"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/services"
)

var _ services.STT = (*Engine)(nil)

// newTestEngine loads the model. Without it the test fails and says how to fetch it.
func newTestEngine(t testing.TB) *Engine {
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

// recording is a human voice and what it says.
type recording struct {
	name, says string
	samples    []int16
}

func recordings(t testing.TB) []recording {
	t.Helper()
	beckett, err := models.File(models.Moonshine, models.Recording)
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	list := []recording{
		{name: beckett, says: "ever tried ever failed no matter try again fail again fail better"},
		{name: "testdata/austen-1.wav", says: "he was not an ill disposed young man"},
		{name: "testdata/austen-2.wav", says: "unless to be rather cold hearted and rather selfish is to be ill disposed"},
		{name: "testdata/austen-3.wav", says: "he might even have been made amiable himself"},
	}
	for i := range list {
		f, err := os.Open(list[i].name)
		if err != nil {
			t.Fatal(err)
		}
		buffer, err := wav.NewDecoder(f).FullPCMBuffer()
		_ = f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range buffer.Data {
			list[i].samples = append(list[i].samples, int16(s))
		}
	}
	return list
}

// transcribe reads one utterance, written in packets of 20 ms.
func transcribe(t testing.TB, e *Engine, samples []int16) string {
	t.Helper()
	text, err := listen(t.Context(), e, samples)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func listen(ctx context.Context, e *Engine, samples []int16) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tr, err := e.Open(ctx, audio.Mono(rate))
	if err != nil {
		return "", err
	}
	defer func() { _ = tr.Close() }()
	for rest := samples; len(rest) > 0; {
		n := min(rate/50, len(rest))
		if err := tr.Write(audio.PCM{Format: audio.Mono(rate), Samples: rest[:n]}); err != nil {
			return "", err
		}
		rest = rest[n:]
	}
	if err := tr.Flush(); err != nil {
		return "", err
	}
	r, ok := <-tr.Results()
	if !ok || r.Err != nil || r.End != len(samples) || r.Start != 0 || !r.Final {
		return "", fmt.Errorf("result %+v (%v) for %d samples", r, ok, len(samples))
	}
	return r.Text, nil
}

// words splits text into words without capitals and punctuation.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return (r < 'a' || r > 'z') && r != '\'' && (r < '0' || r > '9')
	})
}

// wordErrors counts the words that must be changed, put in or left out to get from one text to the other.
func wordErrors(got, want string) int {
	a, b := words(got), words(want)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, w := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, v := range b {
			cost := diagonal
			if w != v {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func TestWordErrors(t *testing.T) {
	for _, test := range []struct {
		got, want string
		errors    int
	}{
		{"", "", 0},
		{"Ten of clubs.", "ten of clubs", 0},
		{"Ten of cloves.", "ten of clubs", 1},
		{"ten clubs", "ten of clubs", 1},
		{"the ten of of clubs", "ten of clubs", 2},
		{"", "ten of clubs", 3},
	} {
		if n := wordErrors(test.got, test.want); n != test.errors {
			t.Errorf("%q against %q: %d errors, want %d", test.got, test.want, n, test.errors)
		}
	}
}

func TestUnderstandsRecordings(t *testing.T) {
	e := newTestEngine(t)
	wrong, total := 0, 0
	for _, r := range recordings(t) {
		text := transcribe(t, e, r.samples)
		n := wordErrors(text, r.says)
		t.Logf("%.1f s, %d errors: %s", seconds(len(r.samples)), n, text)
		wrong += n
		total += len(words(r.says))
	}
	if wrong*20 > total {
		t.Errorf("%d of %d words are wrong, want at most 5 %%", wrong, total)
	}
}

func TestUnderstandsLongSpeech(t *testing.T) {
	e := newTestEngine(t)
	var samples []int16
	var says []string
	list := recordings(t)
	for _, i := range []int{0, 1, 2, 3, 2, 1, 3, 0} {
		samples = append(samples, list[i].samples...)
		says = append(says, list[i].says)
	}
	text, want := transcribe(t, e, samples), strings.Join(says, " ")
	n := wordErrors(text, want)
	t.Logf("%.1f s, %d errors: %s", seconds(len(samples)), n, text)
	if n*10 > len(words(want)) {
		t.Errorf("%d of %d words are wrong, want at most 10 %%: %s", n, len(words(want)), text)
	}
}

func TestHearsNoWordsInNoise(t *testing.T) {
	e := newTestEngine(t)
	random := rand.New(rand.NewPCG(1, 2))
	for _, amplitude := range []float64{0, 30, 1000} {
		for _, length := range []int{0, 1, 400, rate / 4, rate / 2, 3 * rate} {
			samples := make([]int16, length)
			for i := range samples {
				samples[i] = int16(random.NormFloat64() * amplitude)
			}
			if text := transcribe(t, e, samples); text != "" {
				t.Errorf("%d samples of noise of amplitude %v: heard %q", length, amplitude, text)
			}
		}
	}
}

func TestEndsInsideWords(t *testing.T) {
	e := newTestEngine(t)
	samples := recordings(t)[1].samples
	for _, length := range []int{shortest - 1, shortest, shortest + 1, rate / 3, rate, rate + 7, 2 * rate} {
		transcribe(t, e, samples[:length]) // whatever it says: it must not fail
	}
}

func TestSpeaksToManyAtOnce(t *testing.T) {
	e := newTestEngine(t)
	list := recordings(t)[1:]
	var wg sync.WaitGroup
	for i := range 9 {
		r := list[i%len(list)]
		wg.Go(func() {
			text, err := listen(t.Context(), e, r.samples)
			if n := wordErrors(text, r.says); err != nil || n > 0 {
				t.Errorf("%d errors (%v): %s", n, err, text)
			}
		})
	}
	wg.Wait()
}

func TestGivesUpBetweenTokens(t *testing.T) {
	e := newTestEngine(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := e.read(ctx, recordings(t)[2].samples)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("read: %v, want context.DeadlineExceeded", err)
	}
}

func TestNewWithoutModel(t *testing.T) {
	t.Setenv(models.EnvDir, t.TempDir())
	if _, err := New(); !errors.Is(err, models.ErrMissing) || !strings.Contains(err.Error(), "parley setup") {
		t.Errorf("New without a model: %v, want ErrMissing and advice", err)
	}
}

// BenchmarkRead measures the time from a flush to the text, for speech of several lengths, on one core.
func BenchmarkRead(b *testing.B) {
	e := newTestEngine(b)
	var samples []int16
	for _, r := range recordings(b)[1:] {
		samples = append(samples, r.samples...)
	}
	for _, length := range []int{1, 2, 3, 5, 10} {
		b.Run(fmt.Sprintf("%ds", length), func(b *testing.B) {
			b.ReportAllocs()
			var text string
			for b.Loop() {
				var err error
				if text, err = e.read(b.Context(), samples[:length*rate]); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(words(text))), "words")
		})
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		e, err := New()
		if err != nil {
			b.Fatal(err)
		}
		if err := e.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
