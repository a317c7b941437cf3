package spoken

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/parley-voice/parley/services/hibari/internal/numbers"
)

// units are the short forms of units, with what one and several of them are called.
var units = map[string][2]string{
	"km": {"kilometer", "kilometers"}, "cm": {"centimeter", "centimeters"}, "mm": {"millimeter", "millimeters"},
	"nm": {"nanometer", "nanometers"}, "μm": {"micrometer", "micrometers"}, "kg": {"kilogram", "kilograms"},
	"mg": {"milligram", "milligrams"}, "μg": {"microgram", "micrograms"}, "mcg": {"microgram", "micrograms"},
	"lb": {"pound", "pounds"}, "lbs": {"pounds", "pounds"}, "oz": {"ounce", "ounces"}, "ft": {"foot", "feet"},
	"yd": {"yard", "yards"}, "mi": {"mile", "miles"}, "ml": {"milliliter", "milliliters"},
	"mL": {"milliliter", "milliliters"}, "cl": {"centiliter", "centiliters"},
	"mph": {"mile per hour", "miles per hour"}, "km/h": {"kilometer per hour", "kilometers per hour"},
	"kph": {"kilometer per hour", "kilometers per hour"}, "m/s": {"meter per second", "meters per second"},
	"Hz": {"hertz", "hertz"}, "kHz": {"kilohertz", "kilohertz"}, "MHz": {"megahertz", "megahertz"},
	"GHz": {"gigahertz", "gigahertz"}, "kB": {"kilobyte", "kilobytes"}, "KB": {"kilobyte", "kilobytes"},
	"MB": {"megabyte", "megabytes"}, "GB": {"gigabyte", "gigabytes"}, "TB": {"terabyte", "terabytes"},
	"kbps": {"kilobit per second", "kilobits per second"}, "Mbps": {"megabit per second", "megabits per second"},
	"Gbps": {"gigabit per second", "gigabits per second"}, "hr": {"hour", "hours"}, "hrs": {"hours", "hours"},
	"min": {"minute", "minutes"}, "mins": {"minutes", "minutes"}, "sec": {"second", "seconds"},
	"secs": {"seconds", "seconds"}, "ms": {"millisecond", "milliseconds"}, "W": {"watt", "watts"},
	"kW": {"kilowatt", "kilowatts"}, "MW": {"megawatt", "megawatts"}, "kWh": {"kilowatt hour", "kilowatt hours"},
	"mAh": {"milliamp hour", "milliamp hours"}, "V": {"volt", "volts"}, "fps": {"frame per second", "frames per second"},
	"cc": {"cubic centimeter", "cubic centimeters"}, "sqft": {"square foot", "square feet"},
	"ha": {"hectare", "hectares"}, "dB": {"decibel", "decibels"}, "kcal": {"kilocalorie", "kilocalories"},
}

// measured matches a number, or a range, and one of the units in the same item.
var measured = sync.OnceValue(func() *regexp.Regexp {
	names := make([]string, 0, len(units))
	for name := range units {
		names = append(names, regexp.QuoteMeta(name))
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`^(-?` + amount + `(?:[-–]` + amount + `)?)-?(` + strings.Join(names, "|") + `)$`)
})

var (
	signed   = regexp.MustCompile(`^-?` + amount + `(?:[-–]` + amount + `)?$`)
	degree   = regexp.MustCompile(`^(-?` + amount + `)°([CF])?$`)
	percent1 = regexp.MustCompile(`^([-+~±]?` + amount + `)(?:%?[-–]` + amount + `)?%$`)
	span     = regexp.MustCompile(`^` + amount + `[-–]` + amount + `$`)
	odds     = regexp.MustCompile(`^(\d{1,3}):(\d{1,3})$`)
	slashed  = regexp.MustCompile(`^(?:(\d{1,3}) )?(\d{1,3})/(\d{1,3})$`)
	decades  = regexp.MustCompile(`^'(\d)0s$`)
)

// unit reads "5 km", "60mph", "10-15 min".
func unit(_, items []item) (item, int) {
	if !hasDigit(items[0].core) {
		return none()
	}
	if m := measured().FindStringSubmatch(items[0].core); m != nil {
		return join(items, 1, several(m[1])+" "+unitName(m[1], m[4]))
	}
	if len(items) < 2 || !items[0].bare() || items[1].lead != "" || !signed.MatchString(items[0].core) {
		return none()
	}
	n, name := items[0].core, items[1].core
	if name == "sq" && len(items) > 2 && (items[2].core == "ft" || items[2].core == "mi") {
		return ended(items, 3, several(n)+" square "+unitName(n, items[2].core))
	}
	if _, ok := units[name]; !ok {
		return none()
	}
	return ended(items, 2, several(n)+" "+unitName(n, name))
}

func unitName(n, name string) string { return plural(n, units[name][0], units[name][1]) }

// degrees reads "20°C", "20 °F" and "45°".
func degrees(_, items []item) (item, int) {
	core, used := items[0].core, 1
	if len(items) > 1 && items[0].bare() && strings.HasPrefix(items[1].core, "°") {
		core, used = core+items[1].core, 2
	}
	m := degree.FindStringSubmatch(core)
	if m == nil {
		return none()
	}
	words := several(m[1]) + plural(m[1], " degree", " degrees")
	switch m[3] {
	case "C":
		words += " Celsius"
	case "F":
		words += " Fahrenheit"
	}
	return join(items, used, words)
}

// percent reads "5%" and "5-10%".
func percent(_, items []item) (item, int) {
	core, used := items[0].core, 1
	if len(items) > 1 && items[0].bare() && items[1].core == "%" {
		core, used = core+"%", 2
	}
	m := percent1.FindStringSubmatch(core)
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

// parts are the names of fractions by their denominator.
var parts = [...]string{2: "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"}

// fraction reads "1/2" and "2 3/4"; what is no fraction but may be a date, as "12/25", is read as one.
func fraction(before, items []item) (item, int) {
	m := slashed.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	a, b := number(m[2]), number(m[3])
	if m[2] == "24" && m[3] == "7" {
		return join(items, 1, "24 7")
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

func digitsEnd(s string) bool { return s != "" && isDigit(s[len(s)-1]) }

// decade reads "'90s".
func decade(_, items []item) (item, int) {
	m := decades.FindStringSubmatch(items[0].core)
	if m == nil || number(m[1]) < 2 {
		return none()
	}
	return join(items, 1, strings.TrimSuffix(numbers.Cardinal(m[1]+"0"), "y")+"ies")
}
