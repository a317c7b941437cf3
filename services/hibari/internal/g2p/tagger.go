package g2p

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/parley-voice/parley/services/hibari/internal/flat"
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
	weight float32
}

func newTagger(text string) (*tagger, error) {
	t := &tagger{fixed: make(map[string]string, 16_000), known: make(map[string]struct{}, 24_000),
		weights: make(map[string]span, 80_000), values: make([]value, 0, 300_000)}
	numbers := map[string]uint8{} // of tags; the file has them first
	unknown := false
	r := flat.New(text)
	r.Object(func(key string) {
		switch key {
		case "tags":
			r.Array(func() { t.tags = append(t.tags, r.String()) })
			slices.Sort(t.tags) // of tags with equal sums the last one wins
			for i, tag := range t.tags {
				numbers[tag] = uint8(i)
			}
		case "tagdict":
			r.Object(func(word string) {
				i, ok := numbers[r.String()]
				if unknown = unknown || !ok; ok {
					t.fixed[strings.Clone(word)] = t.tags[i]
				}
			})
		case "vocab":
			r.Array(func() { t.known[strings.Clone(r.String())] = struct{}{} })
		case "weights":
			r.Object(func(feature string) {
				from := len(t.values)
				r.Object(func(tag string) {
					i, ok := numbers[tag]
					unknown = unknown || !ok
					t.values = append(t.values, value{i, float32(r.Number())})
				})
				t.weights[strings.Clone(feature)] = span{uint32(from), uint32(len(t.values) - from)}
			})
		}
	})
	if err := r.Err(); err != nil {
		return nil, err
	}
	t.values = slices.Clip(t.values)
	if unknown || len(t.tags) == 0 || len(t.tags) > 256 || len(t.weights) == 0 {
		return nil, fmt.Errorf("has %d tags, %d features, and features of unknown tags: %v", len(t.tags), len(t.weights), unknown)
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
			scores[v.tag] += float64(v.weight)
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
