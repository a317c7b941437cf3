package spoken

import (
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

// parts are the names of fractions by their denominator.
var parts = [...]string{2: "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}

// fraction reads "1/2" and "2 3/4"; what is no fraction but may be a date, as "12/25", is read as one.
func fraction(before, items []item) (item, int) {
	m := slashed.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	a, b := number(m[2]), number(m[3])
	if m[1] == "" && (m[2] == m[3] || m[2] == "24" && m[3] == "7") { // "50/50"
		return join(items, 1, m[2]+" "+m[3])
	}
	if a < 1 || a >= b || b >= len(parts) {
		if words := monthDay(a, m[3]); words != "" && m[1] == "" && b > 0 {
			return join(items, 1, words)
		}
		return join(items, 1, strings.TrimSpace(m[1]+" "+m[2]+" over "+m[3]))
	}
	words := numbers.Cardinal(m[2]) + " " + parts[b]
	if a > 1 {
		words += "s"
	}
	behind := len(before) > 0 && before[len(before)-1].bare() && digitsEnd(before[len(before)-1].core)
	if m[1] != "" || behind {
		if a == 1 {
			words = "a " + parts[b]
		}
		words = strings.TrimSpace(m[1] + " and " + words)
	}
	return join(items, 1, words)
}

// height reads 6'2", in feet and inches.
func height(_, items []item) (item, int) {
	m := heights.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	it, _ := join(items, 1, m[1]+" foot "+m[2])
	it.trail = strings.TrimPrefix(it.trail, "\"")
	return it, 1
}

func digitsEnd(s string) bool { return s != "" && isDigit(s[len(s)-1]) }

// decade reads "'90s".
func decade(_, items []item) (item, int) {
	m := decades.FindStringSubmatch(items[0].core)
	if m == nil || number(m[1]) < 2 {
		return none()
	}
	return join(items, 1, strings.TrimSuffix(numbers.Cardinal(m[1]+"0"), "y")+"ies")
}
