package spoken

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// same are signs that are written in several ways.
var same = strings.NewReplacer(
	"’", "'", "‘", "'", "ʼ", "'", "´", "'", "′", "'",
	"‒", "-", "‐", "-", "‑", "-", "−", "-", "―", "—", "...", "…", "--", "—",
)

// compatible are signs that the compatibility form would turn into something that reads differently.
var compatible = strings.NewReplacer(
	"½", " 1/2", "¼", " 1/4", "¾", " 3/4", "²", " squared", "³", " cubed", "™", "", "®", "", "…", "...",
)

// clean brings text to one way of writing and drops what cannot be said: emoji, control and private characters.
func clean(s string) string {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			s = compatible.Replace(strings.ToValidUTF8(s, ""))
			s = strings.Map(sayable, norm.NFKC.String(s))
			break
		}
	}
	return strings.TrimSpace(same.Replace(s))
}

func sayable(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f, unicode.IsLetter(r):
		return r
	case unicode.IsDigit(r):
		return digit(r)
	case unicode.Is(unicode.Mn, r) && r < 0x370: // accents; not the selectors that belong to emoji
		return r
	case strings.ContainsRune("’‘′‒‐‑−―“”«»—–¿¡£€¥₹₩¢°§±×÷©→•", r):
		return r
	}
	return -1
}

// digit returns the figure 0 to 9 for one of another script. Unicode has them in blocks of ten.
func digit(r rune) rune {
	n := 0
	for n < 9 && unicode.IsDigit(r-1) {
		r--
		n++
	}
	return rune('0' + n)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func hasDigit(s string) bool { return strings.ContainsAny(s, "0123456789") }

// capitalized says that a word begins with a capital letter.
func capitalized(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsUpper(r)
}
