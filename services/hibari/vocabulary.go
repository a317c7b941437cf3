package hibari

import (
	"encoding/json"
	"fmt"
	"unicode/utf8"
)

// vocabulary holds the number by which the network knows each phoneme.
type vocabulary map[rune]int64

func openVocabulary() (vocabulary, error) {
	data, err := readFile("vocab.json")
	if err != nil {
		return nil, err
	}
	var file map[string]int64
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, fmt.Errorf("%w: vocab.json: %w", ErrModel, err)
	}
	v := make(vocabulary, len(file))
	for s, id := range file {
		r, n := utf8.DecodeRuneInString(s)
		if n != len(s) || id < 1 {
			return nil, fmt.Errorf("%w: vocab.json: phoneme %q has the number %d", ErrModel, s, id)
		}
		v[r] = id
	}
	return v, nil
}

// check says which character of own phonemes the voice does not know.
func (v vocabulary) check(own map[string]string) error {
	for word, phonemes := range own {
		for _, r := range phonemes {
			if _, ok := v[r]; !ok {
				return fmt.Errorf("%w: pronunciation %q of %q: the voice has no phoneme %q", ErrOption, phonemes, word, r)
			}
		}
	}
	return nil
}
