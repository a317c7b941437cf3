package spoken

import (
	"regexp"
	"strings"
	"unicode"
)

// titles are short forms that stand before a name. Their period ends no sentence.
var titles = map[string]string{
	"Mr": "Mister", "Mrs": "Mrs", "Ms": "Ms", "Dr": "Doctor", "Prof": "Professor", "St": "Saint", "Mt": "Mount",
	"Ft": "Fort", "Gen": "General", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Capt": "Captain",
	"Lt": "Lieutenant", "Col": "Colonel", "Sgt": "Sergeant", "Maj": "Major", "Adm": "Admiral", "Rev": "Reverend",
	"Hon": "Honorable", "Pres": "President", "Fr": "Father",
}

// shortForms are written with a period. Those in lower case are found in any case.
var shortForms = map[string]string{
	"jr": "junior", "sr": "senior", "St": "Street", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane",
	"Hwy": "Highway", "Pkwy": "Parkway", "Sq": "Square", "Ct": "Court", "Dr": "Drive", "Mt": "Mount", "apt": "apartment",
	"bldg": "building", "ste": "suite", "dept": "department", "univ": "university", "govt": "government",
	"inc": "incorporated", "ltd": "limited", "corp": "corporation", "co": "company", "bros": "brothers",
	"approx": "approximately", "est": "established", "vol": "volume", "fig": "figure", "ch": "chapter", "pp": "pages",
	"ed": "edition", "misc": "miscellaneous", "max": "maximum", "min": "minimum", "avg": "average", "tel": "telephone",
	"ext": "extension", "etc": "etc", "vs": "versus", "cf": "compare", "incl": "including", "excl": "excluding",
	"appt": "appointment", "temp": "temperature", "hr": "hour", "hrs": "hours", "mins": "minutes", "secs": "seconds",
}

// bareForms are written without a period, too.
var bareForms = map[string]string{
	"vs": "versus", "w/": "with", "w/o": "without", "b/c": "because", "aka": "also known as", "btw": "by the way",
	"imo": "in my opinion", "tbd": "to be determined", "approx": "approximately", "appt": "appointment",
	"e.g": "for example", "i.e": "that is", "a.k.a": "also known as", "and/or": "and or",
	"n/a": "not available", "tsp": "teaspoons", "tbsp": "tablespoons", "blvd": "boulevard", "jr": "junior",
}

// title reads "Dr. Smith" and "St Paul".
func title(before, items []item) (item, int) {
	long := titles[items[0].core]
	if long == "" || len(items) < 2 || items[1].lead != "" || items[0].line || items[0].trail != "" && items[0].trail != "." {
		return none()
	}
	shared := items[1].core == "and" && (strings.HasPrefix(items[0].core, "M") || items[0].core == "Dr") // "Mr. and Mrs."
	if !capitalized(items[1].core) && !shared || onStreet(before, items[0].core) {
		return none()
	}
	it, _ := join(items, 1, long)
	it.trail = ""
	return it, 1
}

// onStreet says that "St" or "Dr" behind a name and a house number is a street: "12 Main St. New York".
func onStreet(before []item, short string) bool {
	if short != "St" && short != "Dr" || len(before) < 2 || !before[len(before)-1].bare() {
		return false
	}
	for i := len(before) - 2; i >= max(0, len(before)-4); i-- {
		if hasDigit(before[i].core) {
			return true
		}
	}
	return false
}

// abbreviation reads "Main St.", "etc.", "e.g.", "Mon." and "approx. 5".
func abbreviation(before, items []item) (item, int) {
	core := items[0].core
	lower := strings.ToLower(core)
	if long := bareForms[lower]; long != "" && (core == lower || core == strings.ToUpper(core)) {
		return ended(items, 1, long)
	}
	if !strings.HasPrefix(items[0].trail, ".") {
		if (core == "St" || core == "Dr") && onStreet(before, core) {
			return join(items, 1, shortForms[core])
		}
		return none()
	}
	if day := calendar[lower]; day != "" && !strings.EqualFold(day, core) && capitalized(core) && len(items) > 1 {
		if next := items[1].core; next != "" && (isDigit(next[0]) || calendar[strings.ToLower(next)] != "") {
			it, _ := join(items, 1, day)
			it.trail = strings.TrimPrefix(it.trail, ".")
			return it, 1
		}
	}
	if core == "No" || core == "no" || core == "Nos" {
		if len(items) > 1 && items[1].core != "" && isDigit(items[1].core[0]) {
			it, _ := join(items, 1, map[bool]string{true: "numbers", false: "number"}[core == "Nos"])
			it.trail = ""
			return it, 1
		}
		return none()
	}
	long := shortForms[core]
	if long == "" {
		long = shortForms[lower]
	}
	if long == "" || atEnd(items) && isWord[lower] {
		return none()
	}
	return ended(items, 1, long)
}

// isWord are short forms that are words as well: at the end of a sentence they are taken for the word.
var isWord = map[string]bool{"min": true, "max": true, "fig": true, "ed": true, "co": true, "est": true, "temp": true,
	"ch": true, "sr": true}

func atEnd(items []item) bool { return len(items) == 1 || items[0].line || capitalized(items[1].core) }

var dots = regexp.MustCompile(`^(?:[A-Za-z]\.)+[A-Za-z]$`)

// dotted keeps "U.S." and "p.m." from ending a sentence where it goes on.
func dotted(_, items []item) (item, int) {
	if !dots.MatchString(items[0].core) || !strings.HasPrefix(items[0].trail, ".") {
		return none()
	}
	return ended(items, 1, strings.ToUpper(items[0].core))
}

// directions are parts of addresses.
var directions = map[string]string{"N": "North", "S": "South", "E": "East", "W": "West"}

// initial keeps the period of "J. Smith" and "W. 34th St." from ending a sentence.
func initial(_, items []item) (item, int) {
	core := items[0].core
	if d := directions[core]; d != "" && items[0].trail == "." && len(items) > 1 && items[1].core != "" && isDigit(items[1].core[0]) {
		it, _ := join(items, 1, d)
		it.trail = ""
		return it, 1
	}
	if len(core) != 1 || !unicode.IsUpper(rune(core[0])) || core == "I" || items[0].trail != "." || items[0].line ||
		len(items) < 2 || !capitalized(items[1].core) || items[1].lead != "" {
		return none()
	}
	it, _ := join(items, 1, core)
	it.trail = ""
	return it, 1
}
