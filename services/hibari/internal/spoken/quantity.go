package spoken

import (
	"regexp"
	"strings"
)

var (
	signed     = regexp.MustCompile(`^-?` + amount + `(?:[-–]` + amount + `)?$`)
	degree     = regexp.MustCompile(`^(-?` + amount + `)°([CF])?$`)
	percentage = regexp.MustCompile(`^([-+~±]?` + amount + `)(?:%?[-–]` + amount + `)?%$`)
	span       = regexp.MustCompile(`^` + amount + `[-–]` + amount + `$`)
	odds       = regexp.MustCompile(`^(\d{1,3}):(\d{1,3})$`)
	slashed    = regexp.MustCompile(`^(?:(\d{1,3}) )?(\d{1,3})/(\d{1,3})$`)
	heights    = regexp.MustCompile(`^(\d)'(\d{1,2})$`)
	decades    = regexp.MustCompile(`^'(\d)0s$`)
)

// percent reads "5%" and "5-10%".
func percent(_, items []item) (item, int) {
	core, used := items[0].core, 1
	if len(items) > 1 && items[0].bare() && items[1].core == "%" {
		core, used = core+"%", 2
	}
	m := percentage.FindStringSubmatch(core)
	if m == nil {
		return none()
	}
	words := several(m[1])
	if m[3] != "" {
		words += " to " + m[3]
	}
	return join(items, used, words+" percent")
}

// interval reads "3-5" and "2019–2021".
func interval(before, items []item) (item, int) {
	if m := span.FindStringSubmatch(items[0].core); m != nil {
		return join(items, 1, m[1]+" to "+m[2])
	}
	// "3 - 5"
	if len(items) > 2 && items[0].bare() && (items[1].text() == "-" || items[1].text() == "–") &&
		quantity.MatchString(items[0].core) && quantity.MatchString(items[2].core) && items[2].lead == "" {
		return join(items, 3, items[0].core+" to "+items[2].core)
	}
	return none()
}

// several reads a number with its sign, or a range.
func several(n string) string {
	words := ""
	for prefix, word := range map[string]string{"-": "minus ", "+": "plus ", "~": "about ", "±": "plus or minus "} {
		if strings.HasPrefix(n, prefix) {
			words, n = word, n[len(prefix):]
			break
		}
	}
	if m := span.FindStringSubmatch(n); m != nil {
		return words + m[1] + " to " + m[2]
	}
	return words + n
}

// ratio reads "16:9".
func ratio(_, items []item) (item, int) {
	if m := odds.FindStringSubmatch(items[0].core); m != nil {
		return join(items, 1, m[1]+" to "+m[2])
	}
	return none()
}
