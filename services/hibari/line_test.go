package hibari

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/services/hibari/internal/g2p"
	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

// letters is a vocabulary for tests: a space is 1, a comma 2, a period 3, quotes 4 and 5, and then the small letters.
func letters() vocabulary {
	v := vocabulary{' ': 1, ',': 2, '.': 3, '“': 4, '”': 5}
	for r := 'a'; r <= 'z'; r++ {
		v[r] = int64(r)
	}
	return v
}

func TestLinesKnowTheirWords(t *testing.T) {
	const text = `😀 "ab, x" 🎉 cd.`
	s := spoken.Sentences(text)[0]
	sounds := []g2p.Sound{{Phonemes: "“", Word: 1}, {Phonemes: "a5b, ", Word: 1}, {Phonemes: "x” ", Word: 2}, {Phonemes: "cd.", Word: 4}}
	got := letters().lines(text, s, sounds)
	if len(got) != 1 {
		t.Fatalf("%d lines", len(got))
	}
	if diff := cmp.Diff([]int64{0, 4, 'a', 'b', 2, 1, 'x', 5, 1, 'c', 'd', 3, 0}, got[0].ids); diff != "" {
		t.Error(diff)
	}
	want := []span{{"😀", 1, 1}, {`"ab,`, 2, 4}, {`x"`, 6, 7}, {"🎉", 7, 7}, {"cd.", 9, 11}}
	if diff := cmp.Diff(want, got[0].words, cmp.AllowUnexported(span{})); diff != "" {
		t.Error(diff)
	}
	if got[0].last != '.' {
		t.Errorf("the last phoneme is %q", got[0].last)
	}
}

func TestLongSentencesAreCut(t *testing.T) {
	word := strings.Repeat("a", 99)
	for _, c := range []struct {
		name   string
		sounds []string
		want   []int // phonemes of each line
	}{
		{"fits", []string{word + " ", word + " ", word + " ", word + "."}, []int{400}},
		{"at the last break", []string{word + " ", word + ", ", word + " ", word + " ", word + "."}, []int{200, 299 + 1}},
		{"between words", []string{word + " ", word + " ", word + " ", word + " ", word + "."}, []int{399, 100}},
		{"inside a word of several", []string{strings.Repeat(word+" ", 9)}, []int{399, 399, 99}},
		{"inside a word", []string{strings.Repeat("a", 1000)}, []int{400, 400, 200}},
		{"silence is no line", []string{", . "}, nil},
	} {
		var s spoken.Sentence
		var sounds []g2p.Sound
		for i, phonemes := range c.sounds {
			s = append(s, spoken.Word{From: 0, To: 1})
			sounds = append(sounds, g2p.Sound{Phonemes: phonemes, Word: i})
		}
		var got []int
		for _, l := range letters().lines("x", s, sounds) {
			got = append(got, len(l.ids)-2)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
