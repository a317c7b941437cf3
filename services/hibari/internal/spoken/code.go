package spoken

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

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
