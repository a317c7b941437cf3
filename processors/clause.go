package processors

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clauses cuts a stream of text into pieces to speak: sentences, but the first piece of a response ends at the
// first comma already, so that the voice begins early.
type clauses struct {
	text  strings.Builder
	later bool // a piece was cut before
}

const (
	// firstClauseRunes is the least length of a first piece that ends at a comma: shorter ones sound chopped.
	firstClauseRunes = 8
	// longClauseRunes is the length from which on a piece is cut at a comma too, and at twice that at any space:
	// models without full stops must not keep the user waiting.
	longClauseRunes = 160
)

// add takes more text and returns the pieces that are complete.
func (c *clauses) add(text string) (done []string) {
	c.text.WriteString(text)
	rest := c.text.String()
	for {
		n := c.cut(rest)
		if n == 0 {
			break
		}
		if piece := strings.TrimSpace(rest[:n]); speakable(piece) {
			done = append(done, piece)
			c.later = true
		}
		rest = rest[n:]
	}
	if len(rest) != c.text.Len() {
		c.text.Reset()
		c.text.WriteString(rest)
	}
	return done
}

// flush returns what is left and begins anew.
func (c *clauses) flush() (rest string, ok bool) {
	rest = strings.TrimSpace(c.text.String())
	*c = clauses{}
	return rest, speakable(rest)
}

// cut finds the end of the first piece of s, or 0 if it is not complete. A mark ends a piece only when what
// follows it is known: "3." may become "3.50".
func (c *clauses) cut(s string) int {
	runes := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		at, end := i, i+size
		i = end
		runes++
		if r == '\n' && speakable(s[:at]) {
			return end
		}
		if strings.ContainsRune("。！？", r) {
			return end
		}
		next, size := utf8.DecodeRuneInString(s[end:])
		if size == 0 {
			return 0
		}
		switch {
		case strings.ContainsRune(".!?…", r):
			if closing(next) {
				_, more := utf8.DecodeRuneInString(s[end+size:])
				if more == 0 {
					return 0
				}
				end += size
				next, _ = utf8.DecodeRuneInString(s[end:])
			}
			if unicode.IsSpace(next) && !abbreviation(s[:at], r) {
				return end
			}
		case strings.ContainsRune(",;:–—", r) && unicode.IsSpace(next):
			if (!c.later && runes >= firstClauseRunes) || runes >= longClauseRunes {
				return end
			}
		case unicode.IsSpace(r) && runes >= 2*longClauseRunes:
			return end
		}
	}
	return 0
}

func closing(r rune) bool { return strings.ContainsRune(`"')]”’»`, r) }

// speakable reports whether there is anything to say in s.
func speakable(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) }) >= 0
}

// abbreviations are English words that end with a full stop within a sentence.
var abbreviations = map[string]bool{
	"mr": true, "mrs": true, "ms": true, "dr": true, "prof": true, "st": true, "jr": true, "sr": true,
	"vs": true, "e.g": true, "i.e": true, "approx": true, "dept": true, "inc": true, "ltd": true,
}

// abbreviation reports whether the full stop behind s belongs to its last word: "Dr" or an initial.
func abbreviation(s string, mark rune) bool {
	if mark != '.' {
		return false
	}
	word := s[strings.LastIndexFunc(s, unicode.IsSpace)+1:]
	word = strings.TrimLeft(word, `"'([“‘«`)
	if abbreviations[strings.ToLower(word)] {
		return true
	}
	if utf8.RuneCountInString(word) == 1 {
		r, _ := utf8.DecodeRuneInString(word)
		return unicode.IsUpper(r) && r != 'I' // J. R. R. Tolkien, but not "It was I."
	}
	return false
}
