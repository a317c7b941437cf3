package g2p

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

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
