package spoken

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

var (
	clock     = regexp.MustCompile(`^(\d{1,2}):(\d{2})(?::(\d{2}))?(?i:([ap])\.?m)?$`)
	hourAlone = regexp.MustCompile(`^(\d{1,2})(?i:([ap])\.?m)$`)
	smallest  = regexp.MustCompile(`^\d{1,2}$`)
	meridiem  = regexp.MustCompile(`^(?i:([ap])\.?m)$`)
)

// timeOfDay reads "7:05", "7:30 pm", "7 p.m.", "9am-5pm" and "9-5 pm".
func timeOfDay(_, items []item) (item, int) {
	core := items[0].core
	if !isDigit(core[0]) {
		return none()
	}
	if from, to, found := strings.Cut(strings.ReplaceAll(core, "–", "-"), "-"); found {
		a, okA := readTime(from)
		b, okB := readTime(to)
		follows := withMeridiem(items) > 1
		if okA && (okB || smallest.MatchString(to)) || smallest.MatchString(from) && (okB || follows && smallest.MatchString(to)) {
			if !okA {
				a = from
			}
			if !okB {
				b = to
			}
			core := a + " to " + b
			if follows && !strings.Contains(b, ".M") {
				return ended(items, 2, core+" "+letters(items[1].core))
			}
			return join(items, 1, core)
		}
		return none()
	}
	words, ok := readTime(core)
	if used := withMeridiem(items); used > 1 && (ok || smallest.MatchString(core)) && !strings.Contains(words, ".M") {
		if !ok {
			words = numbers.Cardinal(core)
		}
		words = strings.TrimSuffix(words, " o'clock")
		return ended(items, 2, words+" "+letters(items[1].core))
	}
	if !ok {
		return none()
	}
	if strings.Contains(words, ".M") {
		return ended(items, 1, words)
	}
	if strings.HasSuffix(words, " o'clock") && len(items) > 1 && strings.EqualFold(items[1].core, "o'clock") {
		words = strings.TrimSuffix(words, " o'clock")
	}
	return join(items, 1, words)
}

// withMeridiem returns 2 if the second item is "am" or "pm" and belongs to the first.
func withMeridiem(items []item) int {
	if len(items) > 1 && items[0].bare() && items[1].lead == "" && meridiem.MatchString(items[1].core) {
		return 2
	}
	return 1
}

// untilTime reads the dash of "10:00 a.m. - 2:00 p.m."
func untilTime(before, items []item) (item, int) {
	if !isDash(items[0].text()) || len(before) == 0 || len(items) < 2 || items[1].core == "" || !isDigit(items[1].core[0]) {
		return none()
	}
	if from := before[len(before)-1].core; !strings.HasSuffix(from, ".M") && !strings.HasSuffix(from, "o'clock") {
		return none()
	}
	return join(items, 1, "to")
}

func isDash(s string) bool { return s == "-" || s == "–" || s == "—" }

// letters writes "am" so that its letters are spelled.
func letters(core string) string { return strings.ToUpper(core[:1]) + ".M" }

// readTime reads one time; ok says that it is one.
func readTime(s string) (words string, ok bool) {
	if m := hourAlone.FindStringSubmatch(s); m != nil && number(m[1]) <= 12 {
		return numbers.Cardinal(m[1]) + " " + letters(m[2]), true
	}
	m := clock.FindStringSubmatch(s)
	if m == nil || number(m[1]) > 24 || number(m[2]) > 59 || m[3] != "" && number(m[3]) > 59 {
		return "", false
	}
	words = numbers.Cardinal(m[1])
	switch minutes := number(m[2]); {
	case minutes >= 10:
		words += " " + numbers.Cardinal(m[2])
	case minutes > 0:
		words += " oh " + numbers.Cardinal(m[2])
	case m[4] != "" || m[3] != "":
	case number(m[1]) > 12 || number(m[1]) == 0:
		words += " hundred"
	default:
		words += " o'clock"
	}
	if m[3] != "" {
		words += " and " + numbers.Cardinal(m[3]) + plural(m[3], " second", " seconds")
	}
	if m[4] != "" {
		words += " " + letters(m[4])
	}
	return words, true
}

// ended joins items whose last is an abbreviation: a period behind it ends a sentence only where one can end.
func ended(items []item, n int, core string) (item, int) {
	it, _ := join(items, n, core)
	if !strings.HasPrefix(it.trail, ".") {
		return it, n
	}
	goesOn := n < len(items) && !it.line && (!capitalized(items[n].core) || calendar[strings.ToLower(items[n].core)] != "")
	if goesOn || len(it.trail) > 1 {
		it.trail = it.trail[1:]
	}
	return it, n
}

// number is the value of up to nine digits; more than that is as large as it gets.
func number(digits string) int {
	n := 0
	for i := range len(digits) {
		if n > 1e8 {
			return 1e9
		}
		n = n*10 + int(digits[i]-'0')
	}
	return n
}

// plural chooses the form of a noun behind a number as it is written.
func plural(n, one, many string) string {
	if n = strings.TrimLeft(n, "0-"); n == "1" {
		return one
	}
	return many
}
