package format

import "unicode"

// ordinary reports whether a text is so ordinary that it is the same in every markup: lines of words that begin with a letter.
// Most answers in a chat are like that, and a parser takes much longer to say so.
func ordinary(text string) bool {
	before, breaks := '\n', 2 // breaks counts those that stand right before
	for _, r := range text {
		switch {
		case r == '\n':
			if breaks++; breaks > 2 || before == ' ' {
				return false
			}
		case breaks > 0:
			if !letter(r) {
				return false // such as the mark of a list, or the indent of code
			}
			breaks = 0
		case r == ' ', '0' <= r && r <= '9', letter(r):
		case r == '.', r == ',', r == ';', r == '?', r == '!', r == '\'', r == '"', r == '(', r == ')', r == '%':
		default:
			return false
		}
		before = r
	}
	return breaks == 0 && before != ' '
}

// letter leaves out what Go reads for bytes that are not UTF-8, too.
func letter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80 && unicode.IsLetter(r)
}
