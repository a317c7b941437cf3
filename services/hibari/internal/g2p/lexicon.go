package g2p

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/services/hibari/internal/flat"
)

// dictionary holds the phonemes of words. A word in small letters also answers for its capitalized form, and the
// other way round, unless that has an entry of its own.
type dictionary struct {
	plain map[string]string
	// byTag holds the homographs: phonemes for each part of speech, and for "DEFAULT". Empty phonemes mean that the
	// word is spelled.
	byTag map[string]map[string]string
}

func newDictionary(text string) (*dictionary, error) {
	d := &dictionary{plain: make(map[string]string, 100_000), byTag: map[string]map[string]string{}}
	r := flat.New(text)
	r.Object(func(word string) {
		if !r.IsObject() {
			d.plain[word] = r.String()
			return
		}
		byTag := map[string]string{}
		r.Object(func(tag string) {
			if r.IsNull() {
				byTag[tag] = ""
				return
			}
			byTag[tag] = r.String()
		})
		d.byTag[word] = byTag
	})
	if err := r.Err(); err != nil {
		return nil, err
	}
	if len(d.plain) == 0 {
		return nil, errors.New("has no words")
	}
	return d, nil
}

// entry is what a dictionary has for a word: phonemes, or phonemes by part of speech.
type entry struct {
	phonemes string
	byTag    map[string]string
}

// find returns the entry of a word.
func (d *dictionary) find(word string) (e entry, ok bool) {
	if e, ok = d.exactly(word); ok || len(word) < 2 {
		return e, ok
	}
	switch other := strings.ToLower(word); {
	case word == other:
		return d.exactly(capitalize(word))
	case word == capitalize(other):
		return d.exactly(other)
	}
	return entry{}, false
}

func (d *dictionary) exactly(word string) (e entry, ok bool) {
	if ps, ok := d.plain[word]; ok {
		return entry{phonemes: ps}, true
	}
	if byTag, ok := d.byTag[word]; ok {
		return entry{byTag: byTag}, true
	}
	return entry{}, false
}

func (d *dictionary) has(word string) bool {
	_, ok := d.find(word)
	return ok
}

// capitalize makes the first letter of a word in small letters a capital.
func capitalize(lower string) string {
	r, n := utf8.DecodeRuneInString(lower)
	return string(unicode.ToUpper(r)) + lower[n:]
}

// parent is the part of speech by which dictionaries name a tag.
func parent(tag string) string {
	switch {
	case strings.HasPrefix(tag, "VB"):
		return "VERB"
	case strings.HasPrefix(tag, "NN"):
		return "NOUN"
	case strings.HasPrefix(tag, "RB"):
		return "ADV"
	case strings.HasPrefix(tag, "JJ"):
		return "ADJ"
	}
	return tag
}
