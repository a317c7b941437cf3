package g2p

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// reader finds the phonemes of one word at a time.
type reader struct {
	own    map[string]string // of this program and its user; before all others
	gold   *dictionary       // checked by people
	silver *dictionary       // not checked
}

// read returns the phonemes of a word, if it can be read.
func (r *reader) read(t token, c context) (string, bool) {
	word := plainQuotes.Replace(t.text)
	s := asIs
	switch {
	case word == strings.ToLower(word):
	case word == strings.ToUpper(word):
		s = strong
	default:
		s = present
	}
	if ps, ok := r.word(word, t.tag, s, c); ok {
		return ps, true
	}
	if ps, ok := r.number(word, t.inside); ok {
		return ps, true
	}
	if bare := withoutAccents(word); bare != word {
		return r.word(bare, t.tag, s, c)
	}
	return "", false
}

var plainQuotes = strings.NewReplacer("‘", "'", "’", "'")

// withoutAccents writes "café" as "cafe".
func withoutAccents(word string) string {
	for i := range len(word) {
		if word[i] >= utf8.RuneSelf {
			return strings.Map(func(r rune) rune {
				if unicode.Is(unicode.Mn, r) {
					return -1
				}
				return r
			}, norm.NFD.String(word))
		}
	}
	return word
}

// word reads a word of letters.
func (r *reader) word(word, tag string, s stress, c context) (string, bool) {
	if ps, ok := r.own[strings.ToLower(word)]; ok {
		return ps, true
	}
	if ps, ok := r.special(word, tag, s, c); ok {
		return ps, true
	}
	lower := strings.ToLower(word)
	if r.shouting(word, lower, tag, c) {
		word = lower
	}
	switch {
	case r.known(word):
		return r.lookup(word, tag, s, c)
	case strings.HasSuffix(word, "s'") && r.known(word[:len(word)-2]+"'s"):
		return r.lookup(word[:len(word)-2]+"'s", tag, s, c)
	case strings.HasSuffix(word, "'") && r.known(word[:len(word)-1]):
		return r.lookup(word[:len(word)-1], tag, s, c)
	}
	return r.stem(word, tag, s, c)
}

// shouting says that a word in capitals, or a capitalized one, is to be read as if it were in small letters.
func (r *reader) shouting(word, lower, tag string, c context) bool {
	if len(word) < 2 || word == lower || !isWord(word) || tag == "NNP" && utf8.RuneCountInString(word) <= 7 ||
		r.gold.has(word) || r.silver.has(word) {
		return false
	}
	_, n := utf8.DecodeRuneInString(word)
	if word != strings.ToUpper(word) && word[n:] != strings.ToLower(word[n:]) {
		return false
	}
	if r.gold.has(lower) || r.silver.has(lower) {
		return true
	}
	_, ok := r.stem(lower, tag, asIs, c)
	return ok
}

// isWord says that there are only letters and apostrophes.
func isWord(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return r != '\'' && !unicode.IsLetter(r) }) < 0 &&
		strings.Trim(word, "'") != ""
}

// known says that lookup finds something: the word is in a dictionary, or is to be spelled.
func (r *reader) known(word string) bool {
	if r.gold.has(word) || r.silver.has(word) {
		return true
	}
	if !latin(word) {
		return false
	}
	return len(word) == 1 || word == strings.ToUpper(word) && r.gold.has(strings.ToLower(word)) ||
		word[1:] == strings.ToUpper(word[1:])
}

// latin says that there are only the letters A to Z, and at least one.
func latin(word string) bool {
	for i := range len(word) {
		if c := word[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return word != ""
}

// lookup reads a known word from the dictionaries, or spells it.
func (r *reader) lookup(word, tag string, s stress, c context) (string, bool) {
	name := false
	if word == strings.ToUpper(word) && !r.gold.has(word) {
		word, name = strings.ToLower(word), tag == "NNP"
	}
	e, ok := r.gold.find(word)
	if !ok && !name {
		e, _ = r.silver.find(word)
	}
	ps := e.phonemes
	if e.byTag != nil {
		ps = e.choose(tag, c)
	}
	if ps == "" || name && !strings.Contains(ps, primary) {
		if spelled, ok := r.spell(word); ok {
			return spelled, true
		}
	}
	if ps == "" {
		return "", false
	}
	return s.apply(ps), true
}

// choose returns the phonemes for a part of speech.
func (e entry) choose(tag string, c context) string {
	if ps, ok := e.byTag["None"]; ok && c.next == pause {
		return ps
	}
	for _, t := range [...]string{tag, parent(tag), "DEFAULT"} {
		if ps, ok := e.byTag[t]; ok {
			return ps
		}
	}
	return ""
}

// spell reads the letters of a word one by one, with the stress on the last.
func (r *reader) spell(word string) (string, bool) {
	var all strings.Builder
	for _, c := range word {
		if !unicode.IsLetter(c) {
			continue
		}
		e, ok := r.gold.exactly(string(unicode.ToUpper(c)))
		if !ok || e.phonemes == "" {
			return "", false
		}
		all.WriteString(e.phonemes)
	}
	ps := level.apply(all.String())
	if i := strings.LastIndex(ps, secondary); i >= 0 {
		ps = ps[:i] + primary + ps[i+len(secondary):]
	}
	return ps, ps != ""
}
