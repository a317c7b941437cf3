package g2p

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

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

// group cuts tokens into subtokens and puts those together that no space or punctuation separates.
func group(tokens []token) [][]token {
	var groups [][]token
	open := false
	for _, t := range tokens {
		parts := []token{t}
		if !t.read && !readMark(&parts[0]) {
			parts = parts[:0]
			for _, text := range subtokens(t.text) {
				part := t
				part.text, part.space = text, false
				parts = append(parts, part)
			}
			if len(parts) == 0 {
				continue
			}
			parts[len(parts)-1].space = t.space
		}
		for i, part := range parts {
			if len(parts) > 2 && i > 0 && i < len(parts)-1 && part.text == "2" {
				part.text = "to" // "B2B"
			}
			switch {
			case part.read:
				groups = append(groups, []token{part})
				open = false
			case open:
				part.inside = true
				groups[len(groups)-1] = append(groups[len(groups)-1], part)
				open = !part.space
			default:
				groups = append(groups, []token{part})
				open = !part.space
			}
		}
	}
	return groups
}

// readMark reads punctuation.
func readMark(t *token) bool {
	switch {
	case only(t.text, punctuation+"()"):
		t.say(t.text)
	case (t.text == "-" || t.text == "–") && t.tag == ":":
		t.say("—")
	default:
		return false
	}
	return true
}

// longestCompound is of how many parts a word is looked up: it keeps the time for endless words within bounds.
const longestCompound = 12

// read sets the phonemes of a group of tokens, and returns the context for the group before it.
//
// It looks for the longest end of the group that is a word, and goes on with what is left of it. If something
// remains that is none, the whole group is guessed.
func (p *Phonemizer) read(g []token, c context) (context, error) {
	if len(g) == 1 && g[0].read {
		return c.after(g[0]), nil
	}
	start := c
	for right := len(g); right > 0; {
		left := max(0, right-longestCompound)
		for ; left < right; left++ {
			merged := merge(g[left:right])
			if ps, ok := p.reader.read(merged, c); ok {
				g[left].say(ps)
				for i := left + 1; i < right; i++ {
					g[i].say("")
				}
				merged.say(ps)
				c = c.after(merged)
				break
			}
		}
		if left < right {
			right = left
			continue
		}
		right--
		last := &g[right]
		if right == len(g)-1 && strings.Contains(pauses, last.text) {
			last.say(last.text)
			c = c.after(*last)
			continue
		}
		if only(last.text, silentSigns) {
			last.say("")
			continue
		}
		return p.guessAll(g, start)
	}
	settle(g)
	return c, nil
}

// merge makes one token of several.
func merge(g []token) token {
	if len(g) == 1 {
		return g[0]
	}
	m := g[0]
	most := -1
	var b strings.Builder
	for _, t := range g {
		b.WriteString(t.text)
		if n := prominence(t.text); n > most {
			most, m.tag = n, t.tag
		}
	}
	m.text = b.String()
	return m
}

// prominence says which part of a word gives it its part of speech: the longest, and capitals count twice.
func prominence(s string) int {
	n := 0
	for _, r := range s {
		n++
		if unicode.IsUpper(r) {
			n++
		}
	}
	return n
}

// settle balances the parts of a word: their stress, and the spaces between them.
func settle(g []token) {
	apart := mixed(g)
	for i := range g {
		g[i].apart = i > 0 && apart
	}
	if apart {
		return
	}
	type voiced struct {
		at     int
		strong bool
		weight int
	}
	var all []voiced
	strong := 0
	for i, t := range g {
		if t.phonemes == "" {
			continue
		}
		v := voiced{i, strings.Contains(t.phonemes, primary), weight(t.phonemes)}
		if v.strong {
			strong++
		}
		all = append(all, v)
	}
	weaken := func(v voiced) { g[v.at].phonemes = weaker.apply(g[v.at].phonemes) }
	if len(all) == 2 && utf8.RuneCountInString(g[all[0].at].text) == 1 { // "T-shirt"
		weaken(all[1])
		return
	}
	if len(all) < 2 || strong <= (len(all)+1)/2 {
		return
	}
	// More than half of the parts have a main stress: the lighter half loses it.
	slices.SortStableFunc(all, func(a, b voiced) int {
		if a.strong != b.strong {
			return map[bool]int{true: 1, false: -1}[a.strong]
		}
		return a.weight - b.weight
	})
	for _, v := range all[:len(all)/2] {
		weaken(v)
	}
}

// mixed says that a group holds letters and figures, or a sign: its parts are words of their own.
func mixed(g []token) bool {
	kinds := map[int]bool{}
	for _, t := range g {
		for _, r := range t.text {
			switch {
			case r == '/':
				return true
			case strings.ContainsRune(silentSigns, r):
			case unicode.IsLetter(r):
				kinds[0] = true
			case isDigit(r):
				kinds[1] = true
			default:
				kinds[2] = true
			}
		}
	}
	return len(kinds) > 1
}

// guessAll reads a group that has something unknown in it: letters are guessed, figures read.
func (p *Phonemizer) guessAll(g []token, c context) (context, error) {
	var all []string
	for i := 0; i < len(g); i++ {
		first := []rune(g[i].text)[0]
		switch {
		case unicode.IsLetter(first):
			word := g[i].text
			ending := i+2 < len(g) && only(g[i+1].text, "'’") && strings.EqualFold(g[i+2].text, "s") // McX's
			ps, err := p.guessWord(word)
			if err != nil {
				return c, err
			}
			if ending {
				i += 2
				ps = withS(ps)
			}
			if ps != "" {
				all = append(all, ps)
			}
		case isFigure([]rune(g[i].text), 0):
			if ps, ok := p.reader.number(g[i].text, true); ok {
				all = append(all, ps)
			}
		}
	}
	ps := strings.Join(all, " ")
	if last := g[len(g)-1].text; strings.Contains(pauses, last) {
		ps += last
	}
	for i := range g {
		g[i].say("")
	}
	g[0].say(ps)
	return c.after(g[0]), nil
}

func (p *Phonemizer) guessWord(word string) (string, error) {
	if p.guess == nil {
		return "", nil
	}
	return p.guess(word)
}
