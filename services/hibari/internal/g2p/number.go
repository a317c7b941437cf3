package g2p

import (
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

// endings that may follow figures, the longest first.
var endings = [...]string{"ing", "'d", "ed", "'s", "st", "nd", "rd", "th", "s"}

// number reads figures with a sign before them and an ending behind. Those inside a word, as in "B52", are a name
// and read as such.
func (r *reader) number(word string, inside bool) (string, bool) {
	figures, ending := word, ""
	for _, e := range endings {
		if strings.HasSuffix(strings.ToLower(word), e) {
			figures, ending = word[:len(word)-len(e)], strings.ToLower(e)
			break
		}
	}
	sign := ""
	if !inside && strings.HasPrefix(figures, "-") {
		figures, sign = figures[1:], "minus "
	}
	if figures == "" || !only(figures, "0123456789.,") || only(figures, ".,") {
		return "", false
	}
	words := sign + readFigures(figures, ending, inside)
	var all []string
	for w := range strings.FieldsSeq(words) {
		s := asIs
		if w == "point" {
			s = none
		}
		ps, ok := r.lookup(w, "", s, context{next: consonant})
		if !ok {
			return "", false
		}
		all = append(all, ps)
	}
	ps := strings.Join(all, " ")
	switch ending {
	case "s", "'s":
		ps = withS(ps)
	case "ed", "'d":
		ps = withEd(ps)
	case "ing":
		ps = withIng(ps)
	}
	return ps, true
}

// readFigures writes figures as words.
func readFigures(figures, ending string, inside bool) string {
	plain := strings.ReplaceAll(figures, ",", "")
	points := strings.Count(plain, ".")
	switch {
	case points == 0 && (ending == "st" || ending == "nd" || ending == "rd" || ending == "th"):
		return numbers.Ordinal(plain)
	case inside && points == 0 && !(ending == "s" && len(plain) == 4): // "mid-1990s" is a year
		return numbers.Name(plain)
	case points == 0 && plain == figures:
		return numbers.Year(plain)
	case points == 0:
		return numbers.Cardinal(plain)
	case points == 1:
		return numbers.Decimal(plain)
	}
	var parts []string
	for part := range strings.FieldsFuncSeq(plain, func(r rune) bool { return r == '.' }) {
		parts = append(parts, numbers.Cardinal(part))
	}
	return strings.Join(parts, " point ")
}
