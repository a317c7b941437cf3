package g2p

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// unpack reads a file of the model. Without it the test fails and says how to fetch it.
func unpack(name string) (string, error) {
	path, err := models.File(models.Hibari, name)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

// real is a phonemizer with the dictionaries of the voice. It guesses a word as itself in angle brackets.
var real = sync.OnceValues(func() (*Phonemizer, error) {
	gold, err1 := unpack("lexicon_us_gold.json.gz")
	silver, err2 := unpack("lexicon_us_silver.json.gz")
	tagger, err3 := unpack("tagger.json.gz")
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, err
	}
	own := map[string]string{"grünwald": "ɡɹˈunwɔld"}
	return New(Files{gold, silver, tagger}, own, func(word string) (string, error) { return "<" + word + ">", nil })
})

func newReal(t testing.TB) *Phonemizer {
	t.Helper()
	p, err := real()
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	return p
}

// phonemes returns the phonemes of a text; " / " stands between sentences.
func phonemes(t testing.TB, p *Phonemizer, text string) string {
	t.Helper()
	var all []string
	for _, s := range spoken.Sentences(text) {
		sounds, err := p.Phonemes(s)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, sound := range sounds {
			b.WriteString(sound.Phonemes)
		}
		all = append(all, strings.TrimSpace(b.String()))
	}
	return strings.Join(all, " / ")
}

func TestPhonemes(t *testing.T) {
	p := newReal(t)
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"Hello there.", "həlˈO ðˈɛɹ."},
		{"The quick brown fox jumps over the lazy dog.", "ðə kwˈɪk bɹˈWn fˈɑks ʤˈʌmps ˈOvəɹ ðə lˈAzi dˈɔɡ."},
		{"“Yes,” she said.", "“jˈɛs,” ʃi sˈɛd."},
		{"Wait… what?!", "wˈAt… wˌʌt?!"},
		{"Help!!!", "hˈɛlp!"},
		{"Wait - what", "wˈAt — wˌʌt"},

		// function words
		{"the apple, the pear", "ði ˈæpᵊl, ðə pˈɛɹ"},
		{"to eat, to go, to", "tʊ ˈit, tə ɡˌO, tu"},
		{"a cat and an owl", "ɐ kˈæt ænd ɐn ˈWl"},
		{"Plan A, please.", "plˈæn ˈA, plˈiz."},
		{"It returns a.", "ˌɪt ɹətˈɜɹnz ˈA."},
		{"tea, etc.", "tˈi, ɛtsˈɛTəɹə."},
		{"I am in.", "ˌI ɐm ˈɪn."},
		{"in it", "ɪn ɪt"},
		{"I know that that man left.", "ˌI nˈO ðæt ðˈæt mˈæn lˈɛft."},
		{"I used to use it.", "ˌI jˈust tə jˈuz ɪt."},
		{"She used it.", "ʃˌi jˈuzd ɪt."},
		{"Yes, we can.", "jˈɛs, wi kˈæn."},

		// homographs
		{"We close at six.", "wˌi klˈOz æt sˈɪks."},
		{"Are you close to the station?", "ˌɑɹ ju klˈOs tə ðə stˈAʃən?"},
		{"What time do you close?", "wˌʌt tˈIm dˈu ju klˈOz?"},
		{"Close the door.", "klˈOz ðə dˈɔɹ."},
		{"They live here.", "ðˌA lˈɪv hˈɪɹ."},
		{"We're live now.", "wˌɪɹ lˈIv nˈW."},
		{"I will read what you have read.", "ˌI wɪl ɹˈid wˌʌt ju hæv ɹˈɛd."},
		{"Have you read it?", "hˌæv ju ɹˈɛd ɪt?"},
		{"You read it last week.", "jˌu ɹˈɛd ɪt lˈæst wˈik."},
		{"If you read it, call.", "ˌɪf ju ɹˈid ɪt, kˈɔl."},
		{"Record your message.", "ɹəkˈɔɹd jʊɹ mˈɛsɪʤ."},
		{"He broke the record.", "hˌi bɹˈOk ðə ɹˈɛkəɹd."},
		{"I object to that object.", "ˌI əbʤˈɛkt tə ðˈæt ˈɑbʤəkt."},
		{"What's the use?", "wˌʌts ðə jˈus?"},
		{"Take a minute.", "tˈAk ɐ mˈɪnət."},
		{"They present a present.", "ðˌA pɹizˈɛnt ɐ pɹˈɛzᵊnt."},
		{"Tear the paper with a tear.", "tˈɛɹ ðə pˈApəɹ wɪð ɐ tˈɪɹ."},

		// contractions and stems
		{"I can't, don't and won't.", "ˌI kˈænt, dˈOnt ænd wˈOnt."},
		{"You've got it, they're here, we'll see.", "jˌuv ɡɑt ɪt, ðɛɹ hˈɪɹ, wil sˈi."},
		{"cannot", "kənˈɑt"},
		{"the cat's and the dogs' bowls", "ðə kˈæts ænd ðə dˈɔɡz bˈOlz"},
		{"the bridges' lights", "ðə bɹˈɪʤɪz lˈIts"},
		{"googled, googling, googles", "ɡˈuɡᵊld, ɡˈuɡᵊlɪŋ, ɡˈuɡᵊlz"},
		{"rebooted", "ɹˌibˈuTᵻd"},
		{"a well-known best-selling author", "ɐ wˌɛlnˈOn bˌɛstsˈɛlɪŋ ˈɔθəɹ"},
		{"STOP that.", "stˈɑp ðˈæt."},

		// spelled and unknown words
		{"The FBI uses HTML on a PC.", "ði ˌɛfbˌiˈI jˈuzᵻz ˌAʧtˌiˌɛmˈɛl ˌɔn ɐ pˌisˈi."},
		{"the U.S economy", "ðə jˌuˈɛs ikˈɑnəmi"},
		{"six thirty P.M.", "sˈɪks θˈɜɹTi pˌiˈɛm."},
		{"parley dot I.O", "pˈɑɹli dˈɑt ˌIˈO"},
		{"NASA", "nˈæsə"},
		{"my iPhone with WhatsApp", "mI ˈIfˌOn wɪð wˈʌtsˌæp"},
		{"Blorptastic's snargle", "<Blorptastic>z <snargle>"},
		{"a café in Grünwald", "ɐ kæfˈA ɪn ɡɹˈunwɔld"},

		// numbers
		{"3 apples and 21 pears", "θɹˈi ˈæpᵊlz ænd twˈɛnti wˈʌn pˈɛɹz"},
		{"in 1984 and 2005", "ɪn nˌIntˈin ˈATi fˈɔɹ ænd tˈu θˈWzᵊnd fˈIv"},
		{"1,984 of them", "wˈʌn θˈWzᵊnd nˈIn hˈʌndɹəd ˈATi fˈɔɹ ʌv ðˌɛm"},
		{"the 1990s", "ðə nˌIntˈin nˈIndiz"},
		{"the 3rd and the 22nd", "ðə θˈɜɹd ænd ðə twˈɛnti sˈɛkənd"},
		{"3.14", "θɹˈi pYnt wˈʌn fˈɔɹ"},
		{"the mid-1990s", "ðə mˈɪd nˌIntˈin nˈIndiz"},
		{"gate B52", "ɡˈAt bˈi fˈɪfti tˈu"},
		{"COVID-19", "kˈOvˌɪd nˌIntˈin"},
		{"B2B", "bˈitəbˈi"},
		{"Call 5 0 1.", "kˈɔl fˈIv zˈɪɹO wˈʌn."},
	} {
		if got := phonemes(t, p, c.text); got != c.want {
			t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestSoundsBelongToWords(t *testing.T) {
	s := spoken.Sentences("Pay $2.50, please 😀 now.")
	sounds, err := newReal(t).Phonemes(s[0])
	if err != nil {
		t.Fatal(err)
	}
	said := map[int]string{}
	for _, sound := range sounds {
		said[sound.Word] += sound.Phonemes
	}
	for word, want := range map[int]string{0: "pˈA ", 1: "tˈu dˈɑləɹz ænd fˈɪfti sˈɛnts, ", 2: "plˈiz ", 3: "", 4: "nˈW."} {
		if said[word] != want {
			t.Errorf("word %d: got %q, want %q", word, said[word], want)
		}
	}
}

func TestEndlessWordsTakeNoTime(t *testing.T) {
	p := newReal(t)
	for _, text := range []string{strings.Repeat("a1", 5000), strings.Repeat("x-", 5000), strings.Repeat("it's", 2000),
		strings.Repeat("?!", 5000), strings.Repeat("Q", 10000), strings.Repeat("9", 10000), strings.Repeat("a.", 5000)} {
		start := time.Now()
		phonemes(t, p, text)
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("%.10s... took %v", text, d)
		}
	}
}

func TestAGuessThatFailsIsReported(t *testing.T) {
	p := *newReal(t)
	failure := errors.New("no network")
	p.guess = func(string) (string, error) { return "", failure }
	if _, err := p.Phonemes(spoken.Sentences("blorptastic")[0]); !errors.Is(err, failure) {
		t.Errorf("got %v", err)
	}
	p.guess = nil
	if sounds, err := p.Phonemes(spoken.Sentences("blorptastic.")[0]); err != nil || len(sounds) != 1 || sounds[0].Phonemes != "." {
		t.Errorf("without guesses: %v, %v", sounds, err)
	}
}

func TestBrokenFiles(t *testing.T) {
	good := Files{Gold: `{"a":"ə"}`, Silver: `{"b":"b"}`,
		Tagger: `{"tags":["NN"],"tagdict":{"a":"NN"},"vocab":["a"],"weights":{"b":{"NN":1.5}}}`}
	if _, err := New(good, nil, nil); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Files){
		"gold":           func(f *Files) { f.Gold = `{"a":` },
		"empty":          func(f *Files) { f.Silver = `{}` },
		"no tags":        func(f *Files) { f.Tagger = `{"weights":{"b":{}}}` },
		"no weights":     func(f *Files) { f.Tagger = `{"tags":["NN"]}` },
		"unknown tag":    func(f *Files) { f.Tagger = `{"tags":["NN"],"weights":{"b":{"XX":1}}}` },
		"not an object":  func(f *Files) { f.Tagger = `[1]` },
		"unknown member": func(f *Files) { f.Tagger = `{"tags":["NN"],"x":1,"weights":{"b":{"NN":1}}}` },
	} {
		f := good
		change(&f)
		if _, err := New(f, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzPhonemes(f *testing.F) {
	for _, s := range []string{"Hello there.", "don't 'em dogs' -5 B2B iPhone15-Pro", "U.S. p.m. A.B.C", "…—!?", "'''", "ß ŉ é ﬁ",
		"1.2.3,4 0x12 12th 3'd", "a-b_c/d", "((\"[x]\"))", "İstanbul ŞIK", "x’s’’s n't", "\u0301a"} {
		f.Add(s)
	}
	const known = ";:,.!?—…\"()“” AIOQWYTSabcdefhijklmnopqrstuvwxyzɑɐɒæɔðʤəɚɛɜɡɪŋɹɾʃʧʊʌʒθᵊᵻˈˌ"
	f.Fuzz(func(t *testing.T, text string) {
		p := *newReal(t)
		p.guess = func(string) (string, error) { return "ɡˈɛs", nil }
		for _, s := range spoken.Sentences(text) {
			last := 0
			sounds, err := p.Phonemes(s)
			if err != nil {
				t.Fatal(err)
			}
			for _, sound := range sounds {
				if sound.Word < last || sound.Word >= len(s) {
					t.Fatalf("%q: sound %+v is out of order", text, sound)
				}
				last = sound.Word
				if i := strings.IndexFunc(sound.Phonemes, func(r rune) bool { return !strings.ContainsRune(known, r) }); i >= 0 {
					t.Fatalf("%q: unknown phoneme in %q", text, sound.Phonemes)
				}
			}
		}
	})
}

func BenchmarkPhonemes(b *testing.B) {
	p := newReal(b)
	s := spoken.Sentences("Would you like a table for two people this evening at seven?")[0]
	for b.Loop() {
		if _, err := p.Phonemes(s); err != nil {
			b.Fatal(err)
		}
	}
}
