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
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
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

// heard is all that was said of a text.
type heard struct {
	pcm    []int16
	pieces int
	words  []frame.Word // with times from the start
}

func speak(t testing.TB, e *Engine, text string) heard {
	t.Helper()
	var h heard
	for s, err := range e.Synthesize(t.Context(), services.Utterance{Text: text}) {
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if s.PCM.Format != audio.Mono(24000) || len(s.PCM.Samples) == 0 {
			t.Fatalf("%q: a piece of %d samples at %v", text, len(s.PCM.Samples), s.PCM.Format)
		}
		at := audio.Mono(rate).Duration(len(h.pcm))
		for _, w := range s.Words {
			h.words = append(h.words, frame.Word{Text: w.Text, Start: at + w.Start, End: at + w.End})
		}
		h.pcm = append(h.pcm, s.PCM.Samples...)
		h.pieces++
	}
	return h
}

func (h heard) duration() time.Duration { return audio.Mono(rate).Duration(len(h.pcm)) }

// silence returns how long it is silent at both ends.
func (h heard) silence() (before, behind time.Duration) {
	const quiet = 110 // -56 dB of full scale, and 6 dB of gain
	first, last := 0, len(h.pcm)-1
	for first < len(h.pcm) && h.pcm[first] < quiet && h.pcm[first] > -quiet {
		first++
	}
	for last > first && h.pcm[last] < quiet && h.pcm[last] > -quiet {
		last--
	}
	return audio.Mono(rate).Duration(first), audio.Mono(rate).Duration(len(h.pcm) - 1 - last)
}

// measure returns the peak, the level in dB of full scale and the offset from 0, of full scale.
func (h heard) measure() (peak, dB, offset float64) {
	var power, sum float64
	for _, v := range h.pcm {
		x := float64(v) / math.MaxInt16
		peak = max(peak, math.Abs(x))
		power += x * x
		sum += x
	}
	n := float64(len(h.pcm))
	return peak, 10 * math.Log10(power/n), sum / n
}

func TestSpeechIsWellFormed(t *testing.T) {
	e := usual(t)
	for _, c := range []struct {
		text     string
		min, max time.Duration
	}{
		{"Okay.", 500 * time.Millisecond, 1200 * time.Millisecond},
		{"Sure, I can help you with that.", 1500 * time.Millisecond, 3 * time.Second},
		{"Would you like a table for two people this evening at seven?", 2500 * time.Millisecond, 4500 * time.Millisecond},
		{"Your table is booked for March 3rd at 7:30 pm. The deposit is $25.50.", 5 * time.Second, 9 * time.Second},
		{"SHOUTING LOUDLY! Really?!", 1500 * time.Millisecond, 4 * time.Second},
	} {
		h := speak(t, e, c.text)
		if d := h.duration(); d < c.min || d > c.max {
			t.Errorf("%q lasts %v, want %v to %v", c.text, d, c.min, c.max)
		}
		peak, dB, offset := h.measure()
		if peak < 0.2 || peak > 0.999 {
			t.Errorf("%q: peak is %.3f of full scale", c.text, peak)
		}
		if dB < -32 || dB > -14 {
			t.Errorf("%q: level is %.1f dB", c.text, dB)
		}
		if math.Abs(offset) > 0.002 {
			t.Errorf("%q: offset is %.4f", c.text, offset)
		}
	}
}

func TestSilenceIsCut(t *testing.T) {
	e := usual(t)
	for text, pause := range map[string]time.Duration{
		"Good morning.":    350 * time.Millisecond,
		"Is that so?":      350 * time.Millisecond,
		"Well,":            150 * time.Millisecond,
		"And then":         60 * time.Millisecond,
		"He said “hello.”": 350 * time.Millisecond,
	} {
		before, behind := speak(t, e, text).silence()
		if before > 40*time.Millisecond {
			t.Errorf("%q begins after %v of silence", text, before)
		}
		if d := behind - pause; d < -5*time.Millisecond || d > 40*time.Millisecond {
			t.Errorf("%q ends with %v of silence, want %v", text, behind, pause)
		}
	}
}

func TestFirstPieceIsShort(t *testing.T) {
	e := usual(t)
	h := speak(t, e, "Would you like a table for two people this evening at seven?")
	if h.pieces < 10 {
		t.Errorf("%v of speech in %d pieces: it does not stream", h.duration(), h.pieces)
	}
}

func TestWordTimes(t *testing.T) {
	const text = "Pay  $2.50 today 😀, please. Thank you!"
	h := speak(t, usual(t), text)
	var texts []string
	var last time.Duration
	for _, w := range h.words {
		texts = append(texts, w.Text)
		if w.Start < last || w.End < w.Start || w.End > h.duration() {
			t.Errorf("%q is said from %v to %v, after %v and of %v", w.Text, w.Start, w.End, last, h.duration())
		}
		last = w.End
		// Where a word is said, there must be sound.
		f := audio.Mono(rate)
		said := heard{pcm: h.pcm[f.Samples(w.Start):f.Samples(w.End)]}
		if _, dB, _ := said.measure(); len(said.pcm) > 0 && dB < -35 {
			t.Errorf("%q, from %v to %v: level is %.1f dB", w.Text, w.Start, w.End, dB)
		}
	}
	if got, want := strings.Join(texts, " "), strings.Join(strings.Fields(text), " "); got != want {
		t.Errorf("words are %q, want %q", got, want)
	}
	if h.words[0].Start > 80*time.Millisecond || h.words[0].End < 100*time.Millisecond {
		t.Errorf("the first word is said from %v to %v", h.words[0].Start, h.words[0].End)
	}
}

func TestNothingToSay(t *testing.T) {
	e := usual(t)
	for _, text := range []string{"", " \n", "...", "?!", "😀🎉", "—", "** --", "\"\"", "()", "\xff", "\u200b"} {
		if h := speak(t, e, text); h.pieces > 0 {
			t.Errorf("%q gave %v of audio", text, h.duration())
		}
	}
}

func TestLongTexts(t *testing.T) {
	e := with(t, WithSpeed(2))
	for name, text := range map[string]string{
		"one sentence with commas": strings.Repeat("we serve tea and cake, ", 25) + "and that is all.",
		"one without":              strings.Repeat("tea and cake and ", 35) + "coffee.",
		"one word":                 strings.Repeat("9", 150),
		"capitals":                 strings.Repeat("XQZ", 50),
	} {
		h := speak(t, e, text)
		if want := time.Duration(len(text)) * 20 * time.Millisecond; h.duration() < want {
			t.Errorf("%s: %d letters in %v", name, len(text), h.duration())
		}
		var words []string
		for _, w := range h.words {
			words = append(words, w.Text)
		}
		if got := strings.Join(words, " "); got != text {
			t.Errorf("%s: words are %q", name, got)
		}
	}
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

func benchmark(b *testing.B, text string) {
	e := usual(b)
	var first time.Duration
	samples := 0
	for b.Loop() {
		start := time.Now()
		waiting := true
		for s, err := range e.Synthesize(b.Context(), services.Utterance{Text: text}) {
			if err != nil {
				b.Fatal(err)
			}
			if waiting {
				first += time.Since(start)
				waiting = false
			}
			samples += len(s.PCM.Samples)
		}
	}
	b.ReportMetric(first.Seconds()*1e3/float64(b.N), "ms-to-first-audio")
	b.ReportMetric(float64(samples)/rate/b.Elapsed().Seconds(), "x-real-time")
}

func BenchmarkOneWord(b *testing.B)   { benchmark(b, "Okay.") }
func BenchmarkFiveWords(b *testing.B) { benchmark(b, "Sure, I can help you.") }
func BenchmarkTenWords(b *testing.B) {
	benchmark(b, "Would you like a table for two people this evening?")
}
func BenchmarkTwentyWords(b *testing.B) {
	benchmark(b, "Your table for four is booked under the name of Johnson, and we are looking forward to seeing you this evening at seven.")
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		e, err := New()
		if err != nil {
			b.Fatal(err)
		}
		_ = e.Close()
	}
}
