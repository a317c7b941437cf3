package format

import "strings"

// Italic turns Markdown into WhatsApp's markup with all of it in italics, such as what a model thought: line by line, since
// WhatsApp's italics end with the line. Code, links and the marks of lists and quotes are not emphasised, and other emphasis is dropped. A line
// in which an underscore stands at the edge of a word, as in _name, is not in italics: WhatsApp would take it for their end.
func Italic(md string) string { return inParts(md, true) }

// markup writes runs as WhatsApp's markup.
func (w *blocks) markup(runs []run) string {
	if !w.italic {
		return markup(runs)
	}
	var all []string
	for _, line := range lines(runs) {
		one := style(0)
		if !looseUnderscore(line) {
			one = italic
		}
		for i := range line {
			line[i].style = one
			if line[i].whole {
				line[i].style = 0
			}
		}
		all = append(all, markup(line))
	}
	return strings.Join(all, "\n")
}

// looseUnderscore reports whether there is an underscore in a line that is not inside of a word.
func looseUnderscore(line []run) bool {
	var b strings.Builder
	for _, r := range line {
		if r.whole {
			b.WriteByte(' ') // WhatsApp looks for no marks in it
		} else {
			b.WriteString(r.text)
		}
	}
	text := []rune(b.String())
	for i, r := range text {
		if r == '_' && (i == 0 || i+1 == len(text) || !inWord(text[i-1]) || !inWord(text[i+1])) {
			return true
		}
	}
	return false
}
