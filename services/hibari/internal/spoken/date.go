package spoken

import (
	"regexp"
	"strings"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

// calendar holds months and days by their names and short forms in lower case.
var calendar = map[string]string{
	"january": "January", "february": "February", "march": "March", "april": "April", "may": "May", "june": "June",
	"july": "July", "august": "August", "september": "September", "october": "October", "november": "November",
	"december": "December", "jan": "January", "feb": "February", "mar": "March", "apr": "April", "jun": "June",
	"jul": "July", "aug": "August", "sep": "September", "sept": "September", "oct": "October", "nov": "November",
	"dec":    "December",
	"monday": "Monday", "tuesday": "Tuesday", "wednesday": "Wednesday", "thursday": "Thursday", "friday": "Friday",
	"saturday": "Saturday", "sunday": "Sunday", "mon": "Monday", "tue": "Tuesday", "tues": "Tuesday",
	"wed": "Wednesday", "thu": "Thursday", "thur": "Thursday", "thurs": "Thursday", "fri": "Friday",
	"sat": "Saturday", "sun": "Sunday",
}

var months = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
	"October", "November", "December"}

var (
	iso     = regexp.MustCompile(`^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2})(?::\d{2})?(?:\.\d+)?Z?)?$`)
	slashes = regexp.MustCompile(`^(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})$`)
	dayOf   = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?$`)
	daysOf  = regexp.MustCompile(`^(\d{1,2})(?:st|nd|rd|th)?[-–](\d{1,2})(?:st|nd|rd|th)?$`)
	yearOf  = regexp.MustCompile(`^[12]\d{3}$`)
)

// isoDate reads "2024-03-05".
func isoDate(_, items []item) (item, int) {
	m := iso.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	words := monthDay(number(m[2]), m[3])
	if words == "" {
		return none()
	}
	words += ", " + m[1]
	if at, ok := readTime(m[4]); ok {
		words += " at " + at
	}
	return join(items, 1, words)
}

// slashDate reads "3/5/2024", the month first unless it cannot be one.
func slashDate(_, items []item) (item, int) {
	m := slashes.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	month, day, year := m[1], m[2], m[3]
	if number(month) > 12 {
		month, day = day, month
	}
	words := monthDay(number(month), day)
	if words == "" {
		return none()
	}
	if len(year) == 2 {
		century := "20"
		if number(year) > 50 {
			century = "19"
		}
		year = century + year
	}
	return join(items, 1, words+", "+year)
}

// monthAndDay reads "March 3", "Mar. 3rd, 2024" and "March 3-5".
func monthAndDay(_, items []item) (item, int) {
	if len(items) < 2 || !isMonth(items[0]) || items[1].lead != "" {
		return none()
	}
	month := calendar[strings.ToLower(items[0].core)]
	if m := daysOf.FindStringSubmatch(items[1].core); m != nil && number(m[1]) < number(m[2]) && number(m[2]) <= 31 {
		return join(items, 2, month+" "+numbers.Ordinal(m[1])+" to "+numbers.Ordinal(m[2]))
	}
	m := dayOf.FindStringSubmatch(items[1].core)
	if m == nil || number(m[1]) < 1 || number(m[1]) > 31 {
		if yearOf.MatchString(items[1].core) {
			return join(items, 2, month+" "+items[1].core)
		}
		return none()
	}
	words := month + " " + numbers.Ordinal(m[1])
	if year := items[min(2, len(items)-1)]; len(items) > 2 && yearOf.MatchString(year.core) && !items[1].line &&
		(items[1].trail == "" || items[1].trail == ",") && year.lead == "" {
		return join(items, 3, words+", "+year.core)
	}
	return join(items, 2, words)
}

// dayAndMonth reads "3 March", "the 3rd of March".
func dayAndMonth(before, items []item) (item, int) {
	m := dayOf.FindStringSubmatch(items[0].core)
	if m == nil || number(m[1]) < 1 || number(m[1]) > 31 || !items[0].bare() {
		return none()
	}
	at := 1
	if len(items) > 2 && items[1].text() == "of" {
		at = 2
	}
	if at >= len(items) || !isMonth(items[at]) || items[at].lead != "" {
		return none()
	}
	words := numbers.Ordinal(m[1]) + " of " + calendar[strings.ToLower(items[at].core)]
	if len(before) == 0 || !strings.EqualFold(before[len(before)-1].core, "the") {
		words = "the " + words
	}
	if items[at].trail != "." {
		return join(items, at+1, words)
	}
	return ended(items, at+1, words)
}

// untilDay reads "Mon-Fri" and "Jan–Mar".
func untilDay(_, items []item) (item, int) {
	from, to, found := strings.Cut(strings.ReplaceAll(items[0].core, "–", "-"), "-")
	a, b := calendar[strings.ToLower(from)], calendar[strings.ToLower(to)]
	if !found || a == "" || b == "" || !capitalized(from) || !capitalized(to) {
		return none()
	}
	return join(items, 1, a+" to "+b)
}

// isMonth says that an item names a month. Short forms and "May" want a capital letter.
func isMonth(it item) bool {
	name := calendar[strings.ToLower(it.core)]
	return name != "" && !strings.HasSuffix(name, "day") && capitalized(it.core) && !it.line &&
		(it.trail == "" || it.trail == "." && name != it.core)
}

// monthDay is "March third", or nothing if there is no such day.
func monthDay(month int, day string) string {
	if month < 1 || month > 12 || number(day) < 1 || number(day) > 31 {
		return ""
	}
	return months[month-1] + " " + numbers.Ordinal(day)
}
