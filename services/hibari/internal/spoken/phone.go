package spoken

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

// group is a part of a telephone number.
var group = regexp.MustCompile(`^\+?\(?\d{1,15}\)?(?:[-./]\(?\d{1,14}\)?)*$`)

// phone reads telephone numbers digit by digit, with a pause behind each group: "+1 (555) 123-4567".
func phone(_, items []item) (item, int) {
	// The longest run of items that makes a telephone number.
	best := 0
	var written string
	for n := range min(len(items), 6) {
		it := items[n]
		part := it.text()
		if n < len(items)-1 && it.line {
			part = strings.TrimRight(part, ".,;:!?…")
		}
		core := strings.TrimRight(part, ".,;:!?…\"'”")
		if core == "" || !group.MatchString(core) {
			break
		}
		if n > 0 {
			written += " "
		}
		written += core
		if isPhone(written) {
			best = n + 1
		}
		if core != part || it.line {
			break
		}
	}
	if best == 0 {
		return none()
	}
	var groups []string
	plus := ""
	for _, it := range items[:best] {
		text := strings.TrimRight(it.text(), ".,;:!?…\"'”")
		if strings.HasPrefix(text, "+") {
			plus = "plus "
		}
		for _, g := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
			groups = append(groups, triples(g)...)
		}
	}
	it, _ := join(items, best, plus+strings.Join(groups, ", "))
	it.lead = strings.TrimRight(it.lead, "(")
	it.trail = strings.TrimLeft(it.trail, ")")
	return it, best
}

// isPhone says whether digits in groups are a telephone number: with a plus sign or a group in brackets, or 7 to 15
// digits in groups of which the last has 3 or 4.
func isPhone(s string) bool {
	groups := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	digits := 0
	for _, g := range groups {
		digits += len(g)
	}
	if digits < 7 || digits > 15 {
		return false
	}
	if s[0] == '+' {
		return true
	}
	if len(groups) < 2 || strings.Contains(s, "/") {
		return false
	}
	first, last := len(groups[0]), len(groups[len(groups)-1])
	switch {
	case s[0] == '(':
		return true
	case last < 3 || last > 4 || first > 5:
		return false
	case len(groups) == 2 && first == 4: // two years
		return s[0] == '0'
	case !strings.Contains(s, "-") && !strings.Contains(s, " "): // "192.168.100.100" has points as well
		return len(groups) == 3 && first == 3 && last == 4
	}
	return last == 4 || s[0] == '0'
}

// triples cuts a long group into parts that one can remember, and reads them.
func triples(digits string) []string {
	var parts []string
	for len(digits) > 4 {
		parts = append(parts, numbers.Digits(digits[:3]))
		digits = digits[3:]
	}
	return append(parts, numbers.Digits(digits))
}
