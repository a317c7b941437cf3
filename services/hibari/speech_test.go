package hibari

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
)

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
