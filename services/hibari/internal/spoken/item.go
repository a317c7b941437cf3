package spoken

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// item is a piece of the text between two spaces, or several that a rule has joined.
type item struct {
	lead  string // opening quotes and brackets
	core  string
	trail string // closing ones, and punctuation
	from  int    // the first byte of it in the text
	to    int    // and the one behind it
	line  bool   // a line ends behind it
}

// text is the whole item as it is written.
func (it item) text() string { return it.lead + it.core + it.trail }

// bare says that nothing stands between it and the next item.
func (it item) bare() bool { return it.trail == "" && !it.line }

const (
	opening = "\"'“‘([{«*_~`"
	closing = "\"'”’)]}»*_~`.,;:!?…"
)

// split cuts text into items and cleans the text of each.
func split(text string) []item {
	var items []item
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			if r == '\n' && len(items) > 0 {
				items[len(items)-1].line = true
			}
			at += size
			continue
		}
		end := at
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if unicode.IsSpace(r) {
				break
			}
			end += size
		}
		items = append(items, peelRange(text, at, end)...)
		at = end
	}
	return items
}

// rangeOfTimes is "a.m.-2:00": the second half of one time and the first of another.
var rangeOfTimes = regexp.MustCompile(`^((?i:[ap]\.?m\.?))([-–—])(\d.*)$`)

// smiley is a face made of punctuation, which nobody says.
var smiley = regexp.MustCompile(`^[:;=8]['-]?[()DPpO|/\\*3]+$`)

// peelRange makes an item of text[from:to], or three if two times touch there.
func peelRange(text string, from, to int) []item {
	piece := text[from:to]
	if m := rangeOfTimes.FindStringSubmatchIndex(piece); m != nil {
		return []item{
			peel(clean(piece[:m[3]]), from, from+m[3]),
			{core: "-", from: from + m[4], to: from + m[5]},
			peel(clean(piece[m[6]:]), from+m[6], to),
		}
	}
	return []item{peel(clean(piece), from, to)}
}

// peel takes the punctuation off both ends of a piece of text.
func peel(s string, from, to int) item {
	it := item{core: s, from: from, to: to}
	if smiley.MatchString(s) {
		it.core = ""
		return it
	}
	core := strings.TrimLeft(s, opening)
	if core == "" { // nothing but marks
		it.core, it.trail = "", strings.Trim(s, opening)
		return it
	}
	// An apostrophe before a figure belongs to it: '90s.
	if len(core) < len(s) && s[len(s)-len(core)-1] == '\'' && isDigit(core[0]) {
		core = s[len(s)-len(core)-1:]
	}
	it.core = strings.TrimRight(core, closing)
	it.lead = strings.Map(dropMarks, s[:len(s)-len(core)])
	it.trail = strings.Map(dropMarks, core[len(it.core):])
	return it
}

// dropMarks leaves out what Markdown uses to emphasise.
func dropMarks(r rune) rune {
	switch r {
	case '*', '_', '~', '`':
		return -1
	}
	return r
}
