package format

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// style is a set of ways to emphasise.
type style uint8

const (
	bold style = 1 << iota
	italic
	strike
)

var styles = [...]style{bold, italic, strike}

func (s style) mark() byte {
	switch s {
	case bold:
		return '*'
	case italic:
		return '_'
	default:
		return '~'
	}
}

// run is a stretch of text in one style. Code and links are whole: nothing in them changes, and they are never
// emphasised, as their characters and the marks would be mixed up.
type run struct {
	text  string
	style style
	whole bool
}

// markup writes runs as WhatsApp's markup, which knows emphasis only within a line and around whole words.
func markup(runs []run) string {
	var b strings.Builder
	for i, line := range lines(runs) {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, s := range styles {
			dropInsideWords(line, s)
		}
		writeLine(&b, line)
	}
	return b.String()
}

// lines divides runs at the ends of lines.
func lines(runs []run) [][]run {
	out := [][]run{nil}
	for _, r := range runs {
		if r.whole {
			out[len(out)-1] = append(out[len(out)-1], r)
			continue
		}
		for i, part := range strings.Split(r.text, "\n") {
			if i > 0 {
				out = append(out, nil)
			}
			if part != "" {
				out[len(out)-1] = append(out[len(out)-1], run{part, r.style, false})
			}
		}
	}
	return out
}

// dropInsideWords takes a style from where WhatsApp would show its marks as they are: a word goes on before or behind
// them, or nothing is between them.
func dropInsideWords(line []run, s style) {
	for from := 0; from < len(line); from++ {
		if line[from].style&s == 0 {
			continue
		}
		to := from
		var content strings.Builder
		for to < len(line) && line[to].style&s != 0 {
			content.WriteString(line[to].text)
			to++
		}
		text := content.String()
		wordBefore := from > 0 && inWord(lastRune(line[from-1].text)) && !unicode.IsSpace(firstRune(text))
		wordAfter := to < len(line) && inWord(firstRune(line[to].text)) && !unicode.IsSpace(lastRune(text))
		if wordBefore || wordAfter || blank(text) {
			for i := from; i < to; i++ {
				line[i].style &^= s
			}
		}
		from = to
	}
}

// writeLine writes the runs of a line. White space at the edges of a span moves out of it, and of two spans that begin
// together the longer one is outside.
func writeLine(b *strings.Builder, line []run) {
	until := ends(line)
	var open []style
	space := ""
	for i, r := range line {
		text := strings.TrimLeftFunc(r.text, unicode.IsSpace)
		before := r.text[:len(r.text)-len(text)]
		if r.whole {
			text, before = r.text, ""
		}
		space += before
		if text == "" {
			continue
		}
		open = closeTo(b, open, r.style)
		b.WriteString(space)
		space = ""
		for _, s := range missing(open, r.style, until[i]) {
			b.WriteByte(s.mark())
			open = append(open, s)
		}
		if !r.whole {
			trimmed := strings.TrimRightFunc(text, unicode.IsSpace)
			text, space = trimmed, text[len(trimmed):]
		}
		b.WriteString(text)
	}
	closeTo(b, open, 0)
}

// closeTo closes spans, from the innermost on, until all that are open belong to a style.
func closeTo(b *strings.Builder, open []style, want style) []style {
	for i, s := range open {
		if want&s == 0 {
			for j := len(open) - 1; j >= i; j-- {
				b.WriteByte(open[j].mark())
			}
			return open[:i]
		}
	}
	return open
}

// missing lists the spans to open for a style, the one that lasts longest first.
func missing(open []style, want style, until [len(styles)]int) []style {
	for _, s := range open {
		want &^= s
	}
	if want == 0 {
		return nil
	}
	var out []style
	for _, s := range styles {
		if want&s != 0 {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b style) int {
		return cmp.Compare(until[slices.Index(styles[:], b)], until[slices.Index(styles[:], a)])
	})
	return out
}

// ends tells for each run of a line where the spans that it is in end.
func ends(line []run) [][len(styles)]int {
	out := make([][len(styles)]int, len(line))
	var next [len(styles)]int
	for i := len(line) - 1; i >= 0; i-- {
		for k, s := range styles {
			if line[i].style&s == 0 {
				next[k] = i
			} else if i == len(line)-1 {
				next[k] = len(line)
			}
		}
		out[i] = next
	}
	return out
}
