package format

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// unspaced are the scripts whose words touch each other or their particles, so that a mark between two letters may
// well be meant as a mark.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai,
		unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Bopomofo)
}

// inWord reports whether a mark beside the rune is part of a word or a formula, as in snake_case or 5*4.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)) && r != utf8.RuneError && !unspaced(r)
}

func punct(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// blank reports whether a text has nothing to read in it, which Meta refuses.
func blank(s string) bool {
	return strings.TrimFunc(s, invisible) == ""
}

func invisible(r rune) bool {
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

// unitsOf counts the UTF-16 units of a text. A stray byte becomes U+FFFD on its way, which is one unit.
func unitsOf(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// punctuation reports whether a rune is ASCII or other punctuation, but no emoji.
func punctuation(r rune) bool { return unicode.IsPunct(r) || r < utf8.RuneSelf && asciiPunct(byte(r)) }
