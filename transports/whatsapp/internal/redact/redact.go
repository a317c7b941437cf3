// Package redact takes out of Meta's words what has no place in logs, health pages and errors.
package redact

import (
	"regexp"
	"strings"
)

const (
	// fewest is how many digits in a row may be a phone number, fewestGrouped how many in groups, and fewestPlus how many behind
	// a +. Error codes have six digits, and sizes are written one after the other, too.
	fewest        = 7
	fewestGrouped = 9
	fewestPlus    = 6
	// shown is how much of a number or id is left, to tell one from another.
	shown = 4
)

// suspects are, in this order: dates and times, which stay, also as Unix seconds of these years, since no number with its country
// code has ten digits and begins like that; ids of messages and calls, which hold the user's number in base64;
// numbers with a +; digits in a row; and digits in groups.
var suspects = regexp.MustCompile(`\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?` +
	`|\b1[7-9]\d{8}\b` +
	`|\bwa[mc]id\.[\w+/=-]+` +
	`|\+\(?\d(?:[ ()./-]{0,3}\d)+` +
	`|\d{7,}` +
	`|\(?\b\d{1,4}\)?(?:[ -]\d{2,4}){2,}\b`)

// moments are what stays of them.
var moments = regexp.MustCompile(`^(\d{4}-\d\d-\d\d|1[7-9]\d{8}$)`)

// Numbers returns a text in which whatever may be a phone number is cut to its last four digits, and so are Meta's ids of
// phone numbers and accounts, which look alike. Dates, times and codes stay.
func Numbers(text string) string {
	if !strings.ContainsAny(text, "0123456789") {
		return text
	}
	return suspects.ReplaceAllStringFunc(text, shorten)
}

func shorten(s string) string {
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
	least := fewestGrouped
	switch {
	case moments.MatchString(s):
		return s
	case s[0] == 'w':
		prefix := s[:len("wamid.")]
		return prefix + "…" + s[max(len(prefix), len(s)-shown):]
	case s[0] == '+':
		least = fewestPlus
	case s == digits:
		least = fewest
	}
	if len(digits) < least {
		return s
	}
	return "…" + digits[len(digits)-shown:]
}
