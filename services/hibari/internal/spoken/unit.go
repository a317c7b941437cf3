package spoken

import (
	"regexp"
	"slices"
	"strings"
	"sync"
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
	"m": {"meter", "meters"}, "g": {"gram", "grams"}, "h": {"hour", "hours"}, "l": {"liter", "liters"},
	"L": {"liter", "liters"}, "ha": {"hectare", "hectares"}, "dB": {"decibel", "decibels"}, "kcal": {"kilocalorie", "kilocalories"},
}

// measured matches a number, or a range, and one of the units in the same item.
var measured = sync.OnceValue(func() *regexp.Regexp {
	names := make([]string, 0, len(units))
	for name := range units {
		if name == "m" { // "5m" is as likely to be millions or minutes
			continue
		}
		names = append(names, regexp.QuoteMeta(name))
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	return regexp.MustCompile(`^(-?` + amount + `(?:[-–]` + amount + `)?)-?(` + strings.Join(names, "|") + `)$`)
})

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
	if _, ok := units[name]; !ok || len(name) == 1 && items[1].trail == "." { // "12 W. 34th Street"
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
