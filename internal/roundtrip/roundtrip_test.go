// Package roundtrip_test lets the local engines talk to each other: what one says the other must understand. It is apart
// from both, because no engine imports another.
package roundtrip_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/pipeline/audio"
	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/hibari"
	"github.com/parley-voice/parley/services/moonshine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// said are texts with what a good listener writes down.
var said = []struct{ text, want string }{
	{"Hello, how can I help you today?", "hello how can i help you today"},
	{"Would you like a table for two people this evening?", "would you like a table for two people this evening"},
	{"We close at six in the evening.", "we close at 6 in the evening"},
	{"I read your message yesterday, and I will read it again.", "i read your message yesterday and i will read it again"},
	{"Please record your name after the tone.", "please record your name after the tone"},
	{"Your appointment is on March 3rd at 7:30 pm.", "your appointment is on march 3rd at 730 pm"},
	{"The soup costs $3.50.", "the soup costs 350"},
	{"You can reach us at 555-0199.", "you can reach us at 5550199"},
	{"I'm sorry, I didn't catch that, could you please repeat it?", "im sorry i didnt catch that could you please repeat it"},
	{"The museum is about 5 km from the station.", "the museum is about 5 kilometers from the station"},
	{"Dr. Smith is available on Thursday.", "dr smith is available on thursday"},
	{"Write to jo.smith@example.com, or go to www.example.com/menu.", "write to joesmith at examplecom or go to examplecommenu"},
	{"Your code is 4821, and it is valid for 24 hours.", "your code is 4821 and it is valid for 24 hours"},
	{"It is -5 degrees, with a 30% chance of snow.", "it is minus 5 degrees with a 30 chance of snow"},
	{"The FBI was founded in 1908 in the U.S. by a small group.", "the fbi was founded in 1908 in the us by a small group"},
	{"Thank you for calling, and have a wonderful day!", "thank you for calling and have a wonderful day"},
}

// plain leaves nothing of a text but words in small letters, with figures as figures.
func plain(text string) []string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		case unicode.IsSpace(r):
			return ' '
		}
		return -1
	}, text)
	return strings.Fields(figures.Replace(" " + text + " "))
}

// figures are words that some write in figures, and the other way round.
var figures = strings.NewReplacer(" 2 ", " two ", " six ", " 6 ", " five ", " 5 ", " third ", " 3rd ", " 3 ", " 3rd ",
	" doctor ", " dr ", " p m ", " pm ")

// wordErrors counts the words that must be changed, added or removed to make one list of the other.
func wordErrors(got, want []string) int {
	row := make([]int, len(want)+1)
	for j := range row {
		row[j] = j
	}
	for i, g := range got {
		diagonal := row[0]
		row[0] = i + 1
		for j, w := range want {
			cost := diagonal
			if g != w {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(want)]
}

// engines loads both. Without the models the test fails and says how to fetch them.
func engines(t *testing.T) (services.TTS, services.STT) {
	t.Helper()
	tts, err := hibari.New()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	t.Cleanup(func() { _ = tts.Close() })
	stt, err := moonshine.New()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	t.Cleanup(func() { _ = stt.Close() })
	return tts, stt
}

func TestMoonshineUnderstandsHibari(t *testing.T) {
	tts, stt := engines(t)
	wrong, all := 0, 0
	for _, s := range said {
		pcm, _ := speak(t, tts, s.text)
		heard := listen(t, stt, pcm)
		want := plain(s.want)
		n := wordErrors(plain(heard), want)
		wrong += n
		all += len(want)
		t.Logf("said %q, heard %q: %d errors", s.text, heard, n)
	}
	if wrong*100 > all*5 {
		t.Errorf("%d of %d words are wrong, want at most 5 %%", wrong, all)
	}
}

// Speech that is cut off at the end of a word must be heard up to that word: so the times of words are right.
func TestCutSpeechIsHeardUpToTheCut(t *testing.T) {
	tts, stt := engines(t)
	const text = "We serve breakfast from nine, and lunch is ready at noon."
	pcm, words := speak(t, tts, text)
	for _, n := range []int{3, 5, 7, 9} {
		end := pcm.Format.Samples(words[n-1].End)
		cut := audio.PCM{Format: pcm.Format, Samples: append(pcm.Samples[:end:end], make([]int16, 8000)...)}
		heard := listen(t, stt, cut)
		said := plain(text)
		got := plain(heard)
		t.Logf("%d words, until %v: %q", n, words[n-1].End, heard)
		// A listener guesses at the last word and may add one to make sense of it, but it cannot hear the end.
		if len(got) < n || wordErrors(got[:n], said[:n]) > 1 {
			t.Errorf("cut behind %q, heard only %q", words[n-1].Text, heard)
		}
		if slices.Contains(got, said[len(said)-1]) {
			t.Errorf("cut behind %q, heard %q", words[n-1].Text, heard)
		}
	}
}

// speak returns a text spoken, at 16 kHz, and when its words are said.
func speak(t *testing.T, tts services.TTS, text string) (audio.PCM, []frame.Word) {
	t.Helper()
	var all audio.PCM
	var words []frame.Word
	for s, err := range tts.Synthesize(t.Context(), services.Utterance{Text: text}) {
		if err != nil {
			t.Fatal(err)
		}
		all.Format = s.PCM.Format
		for _, w := range s.Words {
			words = append(words, frame.Word{Text: w.Text, Start: w.Start + all.Duration(), End: w.End + all.Duration()})
		}
		all.Samples = append(all.Samples, s.PCM.Samples...)
	}
	all, err := audio.Resample(all, 16000)
	if err != nil {
		t.Fatal(err)
	}
	return all, words
}

// listen returns the text of speech.
func listen(t *testing.T, stt services.STT, pcm audio.PCM) string {
	t.Helper()
	tr, err := stt.Open(t.Context(), pcm.Format)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tr.Close() }()
	if err := tr.Write(pcm); err != nil {
		t.Fatal(err)
	}
	if err := tr.Flush(); err != nil {
		t.Fatal(err)
	}
	for r := range tr.Results() {
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if r.End >= pcm.Len() {
			return r.Text
		}
	}
	t.Fatal("no result for all of the speech")
	return ""
}
