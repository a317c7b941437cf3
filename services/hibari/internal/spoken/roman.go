package spoken

import (
	"github.com/parley-voice/parley/services/hibari/internal/numbers"
	"regexp"
	"strconv"
	"strings"
)

var (
	numeral = regexp.MustCompile(`^(X{0,3})(IX|IV|V?I{0,3})$`)
	counted = map[string]bool{"chapter": true, "part": true, "act": true, "scene": true, "section": true, "volume": true,
		"book": true, "phase": true, "article": true, "war": true, "type": true, "level": true, "stage": true,
		"class": true, "grade": true, "episode": true, "round": true, "step": true, "figure": true, "table": true,
		"apollo": true, "bowl": true}
	rulers = map[string]bool{"Henry": true, "Louis": true, "Edward": true, "George": true, "William": true,
		"Charles": true, "James": true, "Richard": true, "Elizabeth": true, "Napoleon": true, "Pius": true,
		"Benedict": true, "Leo": true, "Paul": true, "Frederick": true, "Philip": true, "Alexander": true,
		"Nicholas": true, "Peter": true, "Catherine": true, "Ivan": true, "Ferdinand": true, "Mary": true}
)

// roman reads "Chapter IV" and "Henry VIII".
func roman(before, items []item) (item, int) {
	word, _, _ := strings.Cut(items[0].core, "'")
	if len(before) == 0 || !before[len(before)-1].bare() || !numeral.MatchString(word) || word != items[0].core {
		return none()
	}
	n := romanNumber(word)
	previous := before[len(before)-1].core
	switch {
	case counted[strings.ToLower(previous)]:
		return join(items, 1, n)
	case rulers[previous] && word != "I":
		return join(items, 1, "the "+ordinal(n))
	}
	return none()
}

func romanNumber(s string) string {
	value := map[byte]int{'I': 1, 'V': 5, 'X': 10}
	total := 0
	for i := range len(s) {
		v := value[s[i]]
		if i+1 < len(s) && value[s[i+1]] > v {
			v = -v
		}
		total += v
	}
	return strconv.Itoa(total)
}

func ordinal(n string) string { return numbers.Ordinal(n) }
