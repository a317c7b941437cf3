package webhook

import "unicode/utf8"

// Limits of what goes into logs and is not Meta's if it is longer.
const (
	maxWord = 100  // bytes of a type, a field, an event or a status
	maxTold = 1000 // bytes of a text in an error
)

// clip cuts a text that has more than so many bytes, between two characters.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
