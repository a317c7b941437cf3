package spoken

import (
	"regexp"
	"strings"
)

// lineMark drops what Markdown puts at the start of a line: bullets, headings, quotes. Of "1." it makes "1,".
func lineMark(before, items []item) (item, int) {
	if len(before) > 0 && !before[len(before)-1].line {
		return none()
	}
	switch core := items[0].core; core {
	case "-", "–", "—", "+", "•", ">", "#", "##", "###", "####":
		it, _ := join(items, 1, "")
		return it, 1
	default:
		if listNumber.MatchString(core) && (items[0].trail == "." || items[0].trail == ")") && len(items) > 1 && !items[0].line {
			it, _ := join(items, 1, core)
			it.lead, it.trail = "", ","
			return it, 1
		}
	}
	return none()
}

var (
	listNumber = regexp.MustCompile(`^\d{1,2}$`)
	versions   = regexp.MustCompile(`^[vV]?\d+(?:\.\d+){2,}$|^[vV]\d+(?:\.\d+)*$`)
	hashed     = regexp.MustCompile(`^#(\w.*)$`)
)

// numberSign reads "#5" and "#parley".
func numberSign(_, items []item) (item, int) {
	m := hashed.FindStringSubmatch(items[0].core)
	if m == nil {
		return none()
	}
	word := "hashtag "
	if hasDigit(m[1]) { // "#5", "#A-102"
		word = "number "
	}
	return join(items, 1, word+strings.ReplaceAll(m[1], "_", " "))
}

// signs that stand for a word wherever they are.
var signs = strings.NewReplacer(
	"&", " and ", "@", " at ", "+", " plus ", "=", " equals ", "<", " less than ", ">", " greater than ", "~", " about ",
	"/", " ", "\\", " ", "|", ", ", "^", " to the power of ", "_", " ", "*", " times ", "×", " times ", "÷", " divided by ",
	"±", " plus or minus ", "§", " section ", "©", " copyright ", "→", " to ", "•", " ", "°", " degrees ", "¢", " cents ",
	"$", " dollars ", "£", " pounds ", "€", " euros ", "¥", " yen ", "₹", " rupees ", "₩", " won ", "%", " percent ",
	"#", " number ", "{", " ", "}", " ", "[", " ", "]", " ", "`", " ", "¿", "", "¡", "", "«", " ", "»", " ", "–", "-",
)

// symbols replaces the signs that no other rule has read.
func symbols(before, items []item) (item, int) {
	core := items[0].core
	if versions.MatchString(core) {
		word := ""
		if !isDigit(core[0]) {
			word, core = "version ", core[1:]
		}
		return join(items, 1, word+strings.ReplaceAll(core, ".", " point "))
	}
	switch {
	case len(core) == 2 && core[1] == '#' && 'A' <= core[0] && core[0] <= 'G':
		core = core[:1] + " sharp"
	case core == "-" || core == "–" || core == "—":
		return join(items, 1, "—")
	case core == "x" && betweenFigures(before, items):
		core = "times"
	case core != "=" && strings.Trim(core, "-—–=_*~#") == "": // a ruler
		return join(items, 1, "")
	case len(core) > 1 && core[0] == '-' && isDigit(core[1]):
		core = "minus " + core[1:]
	}
	if strings.ContainsAny(core, "*/\\_") {
		core = doubled.Replace(core)
	}
	core = strings.Join(strings.Fields(signs.Replace(core)), " ")
	if core == items[0].core {
		return none()
	}
	return join(items, 1, core)
}

// betweenFigures says that the items on both sides end and begin with a figure.
func betweenFigures(before, items []item) bool {
	return len(before) > 0 && digitsEnd(before[len(before)-1].core) && len(items) > 1 && items[1].core != "" && isDigit(items[1].core[0])
}

// doubled removes doubled marks inside a word: emphasis, or the slashes of an address.
var doubled = strings.NewReplacer("**", " ", "__", " ", "//", " ")
