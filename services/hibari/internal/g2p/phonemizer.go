package g2p

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

// Files are the contents of the files that a Phonemizer needs, unpacked.
type Files struct {
	Gold   string // dictionary checked by people: JSON, phonemes by word
	Silver string // dictionary that nobody checked
	Tagger string // weights of the part of speech tagger
}

// Guess finds the phonemes of a word that is in no dictionary. Nothing means that it has no idea.
type Guess func(word string) (string, error)

// Phonemizer finds phonemes. It is safe for concurrent use if guess is.
type Phonemizer struct {
	reader reader
	tagger *tagger
	guess  Guess
}

// Sound is what one word of a sentence sounds like. Phonemes end with a space where one belongs.
type Sound struct {
	Phonemes string
	// Word is the index of the word in the sentence.
	Word int
}

// New makes a phonemizer. It reads the files in parallel. Own holds phonemes for words in small letters, which come
// before the dictionaries; it may be nil. Without guess, unknown words are left out.
func New(files Files, own map[string]string, guess Guess) (*Phonemizer, error) {
	p := &Phonemizer{reader: reader{own: maps.Clone(names)}, guess: guess}
	maps.Copy(p.reader.own, own)
	var gold, silver, tags error
	done := make(chan struct{}, 2) // both goroutines end by themselves, and are waited for
	go func() { p.reader.gold, gold = newDictionary(files.Gold); done <- struct{}{} }()
	go func() { p.reader.silver, silver = newDictionary(files.Silver); done <- struct{}{} }()
	p.tagger, tags = newTagger(files.Tagger)
	<-done
	<-done
	if err := errors.Join(wrap("gold dictionary", gold), wrap("silver dictionary", silver), wrap("tagger", tags)); err != nil {
		return nil, err
	}
	return p, nil
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// Phonemes returns the sounds of a sentence in order. Words that have none are left out.
func (p *Phonemizer) Phonemes(s spoken.Sentence) ([]Sound, error) {
	tokens := tokenize(s)
	p.tagger.tag(tokens)
	p.correct(tokens)
	groups := group(tokens)
	var c context
	for i := len(groups) - 1; i >= 0; i-- {
		var err error
		if c, err = p.read(groups[i], c); err != nil {
			return nil, err
		}
	}
	var sounds []Sound
	for _, g := range groups {
		var b strings.Builder
		for _, t := range g {
			if t.phonemes == "" {
				continue
			}
			if t.apart && b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(final.Replace(t.phonemes))
		}
		last := g[len(g)-1]
		if last.space && (b.Len() > 0 || len(sounds) > 0) {
			b.WriteByte(' ')
		}
		if b.Len() > 0 {
			sounds = append(sounds, Sound{b.String(), last.word})
		}
	}
	return sounds, nil
}

// final replaces what dictionaries know and the voice does not.
var final = strings.NewReplacer("ɾ", "T", "ʔ", "t")
