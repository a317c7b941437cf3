package g2p

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tagger finds the part of speech of each token with an averaged perceptron: every feature of a token, such as its
// ending or the word before it, has a weight for each tag, and the tag with the largest sum wins. Words that have
// only one tag come from a list.
type tagger struct {
	tags    []string
	fixed   map[string]string
	known   map[string]struct{} // words that features may name; others are named by their shape
	weights map[string]span
	values  []value
}

// span is where the weights of a feature are.
type span struct{ from, n uint32 }

type value struct {
	tag    uint8
	weight float64
}

func newTagger(data []byte) (*tagger, error) {
	var file struct {
		Tags    []string                      `json:"tags"`
		Fixed   map[string]string             `json:"tagdict"`
		Known   []string                      `json:"vocab"`
		Weights map[string]map[string]float64 `json:"weights"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, err
	}
	if len(file.Tags) == 0 || len(file.Tags) > 255 || len(file.Weights) == 0 {
		return nil, fmt.Errorf("has %d tags and %d features", len(file.Tags), len(file.Weights))
	}
	slices.Sort(file.Tags) // of tags with equal sums the last one wins
	t := &tagger{tags: file.Tags, fixed: file.Fixed, known: make(map[string]struct{}, len(file.Known)),
		weights: make(map[string]span, len(file.Weights))}
	for _, w := range file.Known {
		t.known[w] = struct{}{}
	}
	for feature, byTag := range file.Weights {
		from := len(t.values)
		for tag, weight := range byTag {
			i, found := slices.BinarySearch(t.tags, tag)
			if !found {
				return nil, fmt.Errorf("feature %q has the unknown tag %q", feature, tag)
			}
			t.values = append(t.values, value{uint8(i), weight})
		}
		t.weights[feature] = span{uint32(from), uint32(len(byTag))}
	}
	return t, nil
}

// tag sets the tags of a sentence.
func (t *tagger) tag(tokens []token) {
	// Two places before and behind the sentence, so that every token has neighbours.
	names := make([]string, 0, len(tokens)+4)
	names = append(names, "-START2-", "-START-")
	for _, tk := range tokens {
		names = append(names, t.name(tk.text))
	}
	names = append(names, "-END-", "-END2-")
	previous, beforeThat := "-START-", "-START2-"
	scores := make([]float64, len(t.tags))
	for i := range tokens {
		tk := &tokens[i]
		tk.tag = t.fixed[tk.text]
		if tk.tag == "" {
			tk.tag = t.predict(scores, i, tk.text, names[i:], previous, beforeThat)
		}
		beforeThat, previous = previous, tk.tag
	}
}

// predict chooses a tag. The token is the third of the five names.
func (t *tagger) predict(scores []float64, i int, text string, names []string, previous, beforeThat string) string {
	clear(scores)
	found := false
	add := func(parts ...string) {
		s, ok := t.weights[strings.Join(parts, "")]
		if !ok {
			return
		}
		found = true
		for _, v := range t.values[s.from : s.from+s.n] {
			scores[v.tag] += v.weight
		}
	}
	first, _ := utf8.DecodeRuneInString(text)
	add("b")
	add("s3=", lastThree(text))
	add("p1=", string(first))
	add("w=", names[2])
	add("sh=", shape(text))
	if i == 0 {
		add("i0")
	} else {
		add("i+")
	}
	add("t-1=", previous)
	add("t-2=", beforeThat)
	add("t-12=", previous, ",", beforeThat)
	add("w-1=", names[1])
	add("s3-1=", lastThree(names[1]))
	add("w-2=", names[0])
	add("w+1=", names[3])
	add("s3+1=", lastThree(names[3]))
	add("w+2=", names[4])
	if !found {
		return "NN"
	}
	best := 0
	for tag, score := range scores {
		if score >= scores[best] {
			best = tag
		}
	}
	return t.tags[best]
}

// name is how features call a word.
func (t *tagger) name(w string) string {
	name := strings.ToLower(w)
	switch {
	case strings.Contains(w, "-") && w[0] != '-':
		name = "!HYPHEN"
	case len(w) == 4 && only(w, "0123456789"):
		name = "!YEAR"
	case isDigit(rune(w[0])):
		name = "!DIGITS"
	}
	if _, ok := t.known[name]; ok {
		return name
	}
	return "<" + shape(w) + ">"
}

// shape says what a word looks like.
func shape(w string) string {
	letters, digits, upper, lower, n := 0, 0, 0, 0, 0
	for _, r := range w {
		n++
		switch {
		case unicode.IsLetter(r):
			letters++
			if unicode.IsUpper(r) {
				upper++
			} else if unicode.IsLower(r) {
				lower++
			}
		case unicode.IsDigit(r):
			digits++
		}
	}
	first, _ := utf8.DecodeRuneInString(w)
	switch {
	case letters == n && upper == 0:
		return "x"
	case letters == n && lower == 0 && n > 1:
		return "XX"
	case letters == n && lower == 0:
		return "X1"
	case letters == n && unicode.IsUpper(first) && upper == 1:
		return "Xx"
	case letters == n:
		return "xX"
	case digits == n:
		return "d"
	}
	var b strings.Builder
	n = 0
	for _, r := range w {
		if n++; n > 4 {
			break
		}
		switch {
		case unicode.IsDigit(r):
			b.WriteByte('d')
		case unicode.IsLetter(r):
			b.WriteByte('x')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// lastThree returns the last three characters.
func lastThree(s string) string {
	i := len(s)
	for n := 0; n < 3 && i > 0; n++ {
		_, size := utf8.DecodeLastRuneInString(s[:i])
		i -= size
	}
	return s[i:]
}
