package hibari

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

var _ services.TTS = (*Engine)(nil)

// shared is an engine without options for all tests.
var shared = sync.OnceValues(func() (*Engine, error) { return New() })

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if e, err := shared(); err == nil && e.Close() != nil {
			code = 1
		}
		os.Exit(code)
	}))
}

// usual returns the shared engine.
func usual(t testing.TB) *Engine {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	return e
}

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

// with returns an engine with other options and the shared model. It must not be closed.
func with(t testing.TB, opts ...Option) *Engine {
	t.Helper()
	c, err := newConfig(opts)
	if err != nil {
		t.Fatal(err)
	}
	e := usual(t)
	v := &Engine{config: c, vocabulary: e.vocabulary, network: e.network, guesser: e.guesser, phonemizer: e.phonemizer,
		slots: make(chan struct{}, c.workers)}
	v.vocoders.New = e.vocoders.New
	return v
}

func TestOptionsAreHeard(t *testing.T) {
	const text = "Would you like a table for two?"
	normal := speak(t, usual(t), text)
	fast := speak(t, with(t, WithSpeed(1.5)), text)
	if r := normal.duration().Seconds() / fast.duration().Seconds(); r < 1.35 || r > 1.65 {
		t.Errorf("speed 1.5 makes it %.2f times as fast", r)
	}
	plain := speak(t, with(t, WithGain(0)), text)
	_, loud, _ := normal.measure()
	_, quiet, _ := plain.measure()
	if d := loud - quiet; d < 5 || d > 6.5 {
		t.Errorf("6 dB of gain make it %.1f dB louder", d)
	}
}

func TestBadOptions(t *testing.T) {
	for name, o := range map[string]Option{
		"speed": WithSpeed(0), "not a speed": WithSpeed(math.NaN()), "gain": WithGain(100), "workers": WithWorkers(0),
		"no word": WithPronunciation("", "a"), "no phonemes": WithPronunciation("a", ""),
	} {
		if e, err := New(o); !errors.Is(err, ErrOption) {
			t.Errorf("%s: got %v, %v", name, e, err)
		}
	}
	c, err := newConfig([]Option{WithPronunciation("parley", "pa5ley")})
	if err != nil {
		t.Fatal(err)
	}
	if err := usual(t).vocabulary.check(c.own); !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), `'5'`) {
		t.Errorf("a phoneme that the voice does not have: %v", err)
	}
}

func TestNewSaysWhatIsMissing(t *testing.T) {
	t.Setenv(models.EnvDir, t.TempDir())
	_, err := New()
	if !errors.Is(err, models.ErrMissing) || !strings.Contains(fmt.Sprint(err), "setup") {
		t.Errorf("got %v", err)
	}
}

func TestContextEndsSynthesis(t *testing.T) {
	e := usual(t)
	text := strings.Repeat("This is a sentence. ", 50)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	n := 0
	for _, err := range e.Synthesize(ctx, services.Utterance{Text: text}) {
		if n++; n == 2 {
			cancel()
		}
		last = err
	}
	if n != 3 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d pieces, then %v", n, last)
	}
	n = 0
	for range e.Synthesize(t.Context(), services.Utterance{Text: text}) {
		if n++; n == 2 {
			break
		}
	}
	speak(t, e, "Still there.")
}

func TestManyAtOnce(t *testing.T) {
	e := with(t, WithWorkers(2))
	want := speak(t, e, "Good morning, how are you?").duration()
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			for range 2 {
				if got := speak(t, e, "Good morning, how are you?").duration(); got != want {
					t.Errorf("lasts %v, alone %v", got, want)
				}
			}
		})
	}
	all.Wait()
	if len(e.slots) != 0 {
		t.Errorf("%d slots are still taken", len(e.slots))
	}
}

func TestClose(t *testing.T) {
	e := newEngine(t)
	closed := make(chan error, 1)
	var last error
	n := 0
	for _, err := range e.Synthesize(t.Context(), services.Utterance{Text: strings.Repeat("One more. ", 50)}) {
		if n++; n == 1 {
			go func() { closed <- e.Close() }() // ends when this loop does
			for !e.isClosed() {
				runtime.Gosched()
			}
		}
		last = err
	}
	if !errors.Is(last, ErrClosed) || n != 2 {
		t.Errorf("%d pieces, then %v", n, last)
	}
	if err := <-closed; err != nil {
		t.Error(err)
	}
	for _, err := range e.Synthesize(t.Context(), services.Utterance{Text: "Hello."}) {
		if err != ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
}

func FuzzSynthesisInput(f *testing.F) {
	e := usual(f)
	for _, s := range []string{"Hello.", "At 7:30 pm on 3/5/2024, $2.50!", "Zbigniew's ÇĞŞ née 東京", strings.Repeat("a1", 300), "“?”"} {
		f.Add(s)
	}
	known := map[int64]bool{0: true}
	for _, id := range e.vocabulary {
		known[id] = true
	}
	f.Fuzz(func(t *testing.T, text string) {
		var lines []line
		for _, s := range spoken.Sentences(text) {
			more, err := e.lines(text, s)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, more...)
		}
		for _, l := range lines {
			n := len(l.ids)
			if n < 3 || n > longestLine+2 || l.ids[0] != 0 || l.ids[n-1] != 0 {
				t.Fatalf("%q: line of %d phonemes", text, n)
			}
			for _, id := range l.ids {
				if !known[id] {
					t.Fatalf("%q: unknown phoneme %d", text, id)
				}
			}
			last := 0
			for _, w := range l.words {
				if w.from < last || w.to < w.from || w.to > n {
					t.Fatalf("%q: word %+v is out of place", text, w)
				}
				last = w.to
			}
		}
	})
}
