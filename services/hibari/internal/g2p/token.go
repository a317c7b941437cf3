package g2p

import (
	"strings"
	"unicode"
)

// token is a word, a part of one, or a punctuation mark.
type token struct {
	text string
	tag  string // part of speech, as in the Penn Treebank
	// word is the index of the word of the sentence that it comes from.
	word int
	// space says that a space follows.
	space bool
	// phonemes are what was found for it, if read is true.
	phonemes string
	read     bool
	// inside says that it goes on with the word before it.
	inside bool
	// apart says that a space belongs before its phonemes.
	apart bool
}

// say sets the phonemes.
func (t *token) say(phonemes string) { t.phonemes, t.read = phonemes, true }

// silentSigns are those inside words that are not read.
const silentSigns = "',-._‘’/"

// punctuation is what the voice understands; pauses is the part that is heard.
const (
	pauses      = ";:,.!?—…"
	punctuation = pauses + "\"“”"
)

func only(s, set string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return !strings.ContainsRune(set, r) }) < 0
}

// subtokens cuts a token into letters, figures and signs: "iPhone15-Pro" gives "i", "Phone", "15", "-", "Pro". What
// fits nowhere, such as an apostrophe inside a word that the letters do not take, is left out.
func subtokens(s string) []string {
	r := []rune(s)
	var parts []string
	for i := 0; i < len(r); {
		n := subtoken(r, i)
		if n == 0 {
			i++
			continue
		}
		parts = append(parts, string(r[i:i+n]))
		i += n
	}
	return parts
}

func subtoken(r []rune, i int) int {
	switch c := r[i]; {
	case isApostrophe(c):
		n := run(r, i, isApostrophe)
		if i == 0 || n > 1 || i+n == len(r) {
			return n
		}
		return 0
	case i == 0 && c == '-' && len(r) > 1 && isFigure(r, 1):
		return 1 + figures(r, 1)
	case isFigure(r, i):
		return figures(r, i)
	case c == '-' || c == '_':
		return run(r, i, func(c rune) bool { return c == '-' || c == '_' })
	case unicode.IsLetter(c):
		return letters(r, i)
	}
	return 1
}

// isFigure says that a number begins here: with a figure, or with a point or comma before one.
func isFigure(r []rune, i int) bool {
	return isDigit(r[i]) || (r[i] == '.' || r[i] == ',') && i+1 < len(r) && isDigit(r[i+1])
}

func figures(r []rune, i int) int {
	n := 0
	for i+n < len(r) && isFigure(r, i+n) {
		n++
	}
	return n
}

// letters returns how many letters make one word. A word ends before a capital letter that follows a small one, and
// a capital before a capitalized word stands alone.
func letters(r []rune, i int) int {
	if unicode.IsUpper(r[i]) && i+2 < len(r) && unicode.IsUpper(r[i+1]) && unicode.IsLower(r[i+2]) {
		return 1
	}
	n := 0
	for i+n < len(r) {
		c := r[i+n]
		if isApostrophe(c) && n > 0 && i+n+1 < len(r) && unicode.IsLetter(r[i+n+1]) {
			n++
			continue
		}
		if !unicode.IsLetter(c) && !unicode.Is(unicode.Mn, c) {
			break
		}
		n++
		if unicode.IsLower(c) && i+n < len(r) && unicode.IsUpper(r[i+n]) {
			break
		}
	}
	return max(n, 1)
}

func run(r []rune, i int, is func(rune) bool) int {
	n := 0
	for i+n < len(r) && is(r[i+n]) {
		n++
	}
	return n
}

func isApostrophe(r rune) bool { return r == '\'' || r == '‘' || r == '’' }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
