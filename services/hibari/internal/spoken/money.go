package spoken

import (
	"regexp"
	"strings"
)

// currency is how a currency is said: its unit and its hundredth, one and many.
type currency struct{ one, many, cent, cents string }

var (
	dollar = currency{"dollar", "dollars", "cent", "cents"}
	pound  = currency{"pound", "pounds", "penny", "pence"}
	euro   = currency{"euro", "euros", "cent", "cents"}
	yen    = currency{one: "yen", many: "yen"}
	rupee  = currency{"rupee", "rupees", "paisa", "paise"}
	won    = currency{one: "won", many: "won"}
	franc  = currency{"franc", "francs", "centime", "centimes"}
)

var currencies = map[string]currency{
	"$": dollar, "US$": dollar, "USD": dollar, "£": pound, "GBP": pound, "€": euro, "EUR": euro, "¥": yen, "JPY": yen,
	"₹": rupee, "INR": rupee, "Rs": rupee, "₩": won, "KRW": won, "CHF": franc,
}

// magnitudes are the short forms of large numbers.
var magnitudes = map[string]string{
	"k": "thousand", "m": "million", "mn": "million", "b": "billion", "bn": "billion", "t": "trillion", "tn": "trillion",
	"hundred": "hundred", "thousand": "thousand", "million": "million", "billion": "billion", "trillion": "trillion",
}

// per are the short forms of what a price is for.
var per = map[string]string{
	"mo": "month", "yr": "year", "hr": "hour", "h": "hour", "wk": "week", "min": "minute", "kg": "kilogram",
	"lb": "pound", "sq": "square", "ea": "each", "pp": "person",
}

const amount = `(\d+(?:,\d{3})*(?:\.\d+)?|\d+,\d{2}|\.\d+)`

var (
	signFirst = regexp.MustCompile(`^(-)?(US\$|[$£€¥₹₩]|USD|GBP|EUR|JPY|INR|KRW|CHF|Rs\.?)` + amount +
		`(?:(k|K|m|M|mn|b|B|bn|t|tn))?(?:[-–](?:[$£€¥₹₩])?` + amount + `(?:(k|K|m|M|mn|b|B|bn|t|tn))?)?(?:/([a-zA-Z]+))?$`)
	signLast = regexp.MustCompile(`^(-)?` + amount + `()([$£€¥₹₩]|USD|GBP|EUR|JPY|INR|KRW|CHF)(?:/([a-zA-Z]+))?$`)
	cents    = regexp.MustCompile(`^` + amount + `¢$`)
	quantity = regexp.MustCompile(`^` + amount + `$`)
)

// money reads "$3.50", "€20", "$2.5 million", "$5/month", "20 USD", "$10-20", "50¢".
func money(_, items []item) (item, int) {
	core := items[0].core
	if m := cents.FindStringSubmatch(core); m != nil {
		return join(items, 1, m[1]+plural(m[1], " cent", " cents"))
	}
	second := "" // the core that may belong to the first
	if len(items) > 1 && items[0].bare() && items[1].lead == "" {
		second = items[1].core
	}
	if c, ok := currencies[core]; ok && quantity.MatchString(second) { // "USD 20"
		return join(items, 2, sum("", second, "", "", "", "", c))
	}
	if _, isSign := currencies[second]; isSign && quantity.MatchString(core) { // "20 USD"
		return join(items, 2, sum("", core, "", "", "", "", currencies[second]))
	}
	if m := signLast.FindStringSubmatch(core); m != nil {
		return join(items, 1, sum(m[1], m[2], "", "", "", m[5], currencies[m[4]]))
	}
	m := signFirst.FindStringSubmatch(core)
	if m == nil {
		return none()
	}
	used, size := 1, m[4]
	if size == "" && m[7] == "" && len(second) > 1 && magnitudes[strings.ToLower(second)] != "" {
		used, size = 2, second
		if m[5] != "" && m[6] == "" {
			size, m[6] = "", second
		}
	}
	return join(items, used, sum(m[1], m[3], size, m[5], m[6], m[7], currencies[strings.TrimSuffix(m[2], ".")]))
}

// sum reads an amount, or a range of two with to, of a currency.
func sum(minus, n, size, to, toSize, unit string, c currency) string {
	var b strings.Builder
	if minus != "" {
		b.WriteString("minus ")
	}
	if to != "" {
		b.WriteString(grouped(decimalPoint(n)) + " ")
		if size != "" {
			b.WriteString(magnitudes[strings.ToLower(size)] + " ")
		}
		b.WriteString("to ")
		n, size = to, toSize
	}
	b.WriteString(price(decimalPoint(n), magnitudes[strings.ToLower(size)], c))
	if unit != "" {
		if long := per[strings.ToLower(unit)]; long != "" {
			unit = long
		}
		b.WriteString(" per " + unit)
	}
	return b.String()
}

// price reads one amount with a decimal point.
func price(n, size string, c currency) string {
	if size != "" {
		return grouped(n) + " " + size + " " + c.many
	}
	whole, fraction, found := strings.Cut(n, ".")
	if !found || strings.Trim(fraction, "0") == "" {
		return grouped(whole) + " " + plural(whole, c.one, c.many)
	}
	if len(fraction) != 2 || c.cents == "" {
		return grouped(n) + " " + c.many
	}
	fraction = strings.TrimPrefix(fraction, "0")
	small := fraction + " " + plural(fraction, c.cent, c.cents)
	if strings.Trim(whole, "0,") == "" {
		return small
	}
	return grouped(whole) + " " + plural(whole, c.one, c.many) + " and " + small
}

// decimalPoint turns a decimal comma, as in "3,50", into a point.
func decimalPoint(n string) string {
	if i := strings.IndexByte(n, ','); i >= 0 && len(n)-i == 3 {
		return n[:i] + "." + n[i+1:]
	}
	return n
}

// grouped puts commas between thousands, so that nobody takes the number for a year.
func grouped(n string) string {
	whole, fraction, found := strings.Cut(n, ".")
	if !strings.Contains(whole, ",") {
		for i := len(whole) - 3; i > 0; i -= 3 {
			whole = whole[:i] + "," + whole[i:]
		}
	}
	if found {
		return whole + "." + fraction
	}
	return whole
}
