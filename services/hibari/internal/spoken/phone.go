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

// codes are words behind which digits are a name and not a quantity.
var codes = map[string]bool{
	"code": true, "pin": true, "zip": true, "id": true, "account": true, "extension": true, "ext": true, "order": true,
	"reference": true, "ref": true, "confirmation": true, "ticket": true, "booking": true,
	"reservation": true, "flight": true, "case": true, "passcode": true, "password": true, "tracking": true,
	"invoice": true, "phone": true, "serial": true, "otp": true, "postcode": true,
}

var (
	digitsOnly = regexp.MustCompile(`^#?(\d{3,})$`)
	linking    = map[string]bool{"is": true, "number": true, "no": true, "code": true, "id": true, "in": true, "are": true}
)

// code reads digits that name something digit by digit: those behind "code" or "order number is", those that begin
// with a zero, and those that are too long for a quantity without commas.
func code(before, items []item) (item, int) {
	m := digitsOnly.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	digits := m[1]
	if n := len(before); len(digits) == 3 && n > 0 && before[n-1].bare() && places[strings.ToLower(before[n-1].core)] {
		return join(items, 1, numbers.Name(digits))
	}
	if digits[0] != '0' && len(digits) < 7 && !named(before) {
		return none()
	}
	return join(items, 1, strings.Join(triples(digits), ", "))
}

// places are words behind which three digits are read as in "two oh five".
var places = map[string]bool{"room": true, "suite": true, "flight": true, "route": true, "highway": true, "bus": true,
	"apartment": true, "gate": true, "platform": true}

// named says that the words before ask for digits one by one.
func named(before []item) bool {
	for i := len(before) - 1; i >= 0 && i >= len(before)-3; i-- {
		it := before[i]
		if strings.ContainsAny(it.trail, ".!?,;") || it.line {
			return false
		}
		word := strings.ToLower(it.core)
		if codes[word] || word == "ending" {
			return true
		}
		if !linking[word] {
			return false
		}
	}
	return false
}
