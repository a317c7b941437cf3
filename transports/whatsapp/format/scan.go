package format

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// span is a stretch of text between two marks or fences. Spans lie beside or within one another.
type span struct {
	start, end int    // with its marks
	body, tail int    // text[body:tail] is what it holds, without white space if it is fenced code
	mark       int    // the closing mark begins here
	open, shut string // what begins and ends a part of it
	code       bool   // fenced code
	parent     int    // the span around it, -1 if none
}

// barrier forbids cuts strictly between two places.
type barrier struct{ from, to int }

// layout is what there is to know about a text before it is cut. All lists are in the order of the text.
type layout struct {
	text  string
	spans []span
	links []barrier // never to be cut
	edges []barrier // only to be cut if there is no other way: marks, fences, inline code
}

// What is to fit between the fences of a piece at least, in UTF-16 units: an emoji.
const minCode = 2

// The longest word behind a fence that is taken for the name of a language.
const maxInfo = 32

func scan(text string, limit int) *layout {
	l := &layout{text: text}
	at := 0
	for _, c := range fences(text) {
		l.scanText(at, c.start, limit)
		at = c.end
		l.addCode(c, limit)
	}
	l.scanText(at, len(text), limit)
	slices.SortFunc(l.spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	slices.SortFunc(l.edges, func(a, b barrier) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to))
	})
	around := -1
	for i := range l.spans {
		around = l.leave(around, l.spans[i].start)
		l.spans[i].parent = around
		around = i
	}
	return l
}

// addCode notes fenced code, and where not to cut it: within its fences, and where nothing would be between them.
func (l *layout) addCode(c span, limit int) {
	switch {
	case !c.code:
		l.edges = append(l.edges, barrier{c.start, c.end})
		return
	case unitsOf(c.open)+unitsOf(c.shut)+minCode > limit:
		return // there is no room to open it again
	}
	head := c.start + len(c.open)
	if c.body-c.start <= limit/2 {
		head = c.body + 1
	}
	l.spans = append(l.spans, c)
	l.edges = append(l.edges, barrier{c.start, head}, barrier{c.mark, c.end})
}

// leave returns the innermost span that is still open at a place, of a span and those around it.
func (l *layout) leave(span, at int) int {
	for span >= 0 && l.spans[span].end <= at {
		span = l.spans[span].parent
	}
	return span
}

// fences finds the code between fences, which are three backticks or more, anywhere in a line as WhatsApp has it. A
// fence without a second one is text. Code with nothing in it has no code set.
func fences(text string) (out []span) {
	runs := backticks(text)
	// closer[i] is the next run that is at least as long.
	closer := make([]int, len(runs))
	var waiting []int
	for i := len(runs) - 1; i >= 0; i-- {
		for len(waiting) > 0 && runs[waiting[len(waiting)-1]].length() < runs[i].length() {
			waiting = waiting[:len(waiting)-1]
		}
		closer[i] = -1
		if len(waiting) > 0 {
			closer[i] = waiting[len(waiting)-1]
		}
		waiting = append(waiting, i)
	}
	for i := 0; i < len(runs); i++ {
		if j := closer[i]; j >= 0 {
			out = append(out, fenced(text, runs[i], runs[j].from))
			i = j
		}
	}
	return out
}

func (b barrier) length() int { return b.to - b.from }

// backticks finds the runs of three backticks or more.
func backticks(text string) (out []barrier) {
	for at := 0; ; {
		i := strings.Index(text[at:], fence)
		if i < 0 {
			return out
		}
		from := at + i
		at = from + len(fence)
		for at < len(text) && text[at] == '`' {
			at++
		}
		out = append(out, barrier{from, at})
	}
}

// fenced describes the code between a run of backticks and the place of the next one.
func fenced(text string, opening barrier, tail int) span {
	run := text[opening.from:opening.to]
	c := span{start: opening.from, body: opening.to, tail: tail, mark: tail, end: tail + len(run), open: run, shut: run}
	line, _, more := strings.Cut(text[c.body:tail], "\n")
	info := strings.TrimSpace(line)
	if more && language(info) && (c.start == 0 || text[c.start-1] == '\n') {
		c.body += len(line) + 1
		c.open, c.shut = run+info+"\n", "\n"+run
	}
	c.code = !blank(text[c.body:tail]) && endsCharacter(text, c.end)
	if c.code {
		// The code begins with its first line that has something in it, and ends with its last character.
		if lead := text[c.body:tail]; more {
			first := strings.IndexFunc(lead, func(r rune) bool { return !invisible(r) })
			c.body += strings.LastIndexByte(lead[:first], '\n') + 1
		}
		c.tail = c.body + len(strings.TrimRightFunc(text[c.body:tail], invisible))
	}
	return c
}

// endsCharacter reports whether the ASCII character before a place has no accent behind it.
func endsCharacter(text string, pos int) bool {
	it := graphemes.FromString(text[pos-1:])
	return it.Next() && it.End() == 1
}

// language reports whether a word behind a fence is the name of a language, or nothing.
func language(info string) bool {
	return len(info) <= maxInfo && strings.IndexFunc(info, func(r rune) bool {
		return r >= utf8.RuneSelf || !alnum(byte(r)) && !strings.ContainsRune("+-#._", r)
	}) < 0
}

// scanText finds links and marks in a stretch of text without fences.
func (l *layout) scanText(from, to, limit int) {
	for from < to {
		end := to
		if i := strings.IndexByte(l.text[from:to], '\n'); i >= 0 {
			end = from + i + 1
		}
		l.scanLine(from, end, limit)
		from = end
	}
}

// scanLine finds links and marks in a line, in which all spans end.
func (l *layout) scanLine(from, to, limit int) {
	var open []int // where the marks stand that were not closed yet, at most one of each kind
	free := from   // links and inline code reach this far
	noCode := [fenceLength]bool{}
	for at := from; at < to; {
		if at < free {
			at = free
			continue
		}
		switch c := l.text[at]; c {
		case '`':
			n := len(l.text[at:to]) - len(strings.TrimLeft(l.text[at:to], "`"))
			if n < fenceLength && !noCode[n] {
				if end := l.inlineCode(at, n, to, limit); end > 0 {
					free = end
				} else {
					noCode[n] = true
				}
			}
			at += n
			continue
		case 'h', 'H', 'w', 'W':
			if n := linkLength(l.text[at:to]); n > 0 && (at == from || !alnum(l.text[at-1])) {
				free = l.link(at, at+n, to, limit)
			}
		case '@':
			if start, end := mailAround(l.text[:to], at); start < end && start >= max(from, free) {
				free = l.link(start, end, to, limit)
			}
		case '*', '_', '~':
			open = l.mark(open, from, at, to)
		}
		at++
	}
}

const (
	fenceLength = len(fence)
	besideLink  = "?!.,:;'\")" // stays with the link before it
)

// link notes a link with the punctuation that sticks to it, and returns where that ends.
func (l *layout) link(start, end, to, limit int) int {
	units := unitsOf(l.text[start:end])
	if units > limit {
		return end // too long to be kept in one piece
	}
	for end < to && units < limit && strings.IndexByte(besideLink, l.text[end]) >= 0 {
		end++
		units++
	}
	l.links = append(l.links, barrier{start, end})
	return end
}

// inlineCode notes the inline code that begins with n backticks, and returns where it ends; 0 if it does not.
func (l *layout) inlineCode(at, n, to, limit int) int {
	body := at + n
	for i := body; i < to; {
		next := strings.IndexByte(l.text[i:to], '`')
		if next < 0 {
			return 0
		}
		i += next
		run := len(l.text[i:to]) - len(strings.TrimLeft(l.text[i:to], "`"))
		if run != n || blank(l.text[body:i]) {
			i += run
			continue
		}
		end := i + n
		if unitsOf(l.text[at:end]) <= limit {
			l.edges = append(l.edges, barrier{at, end})
			return end
		}
		mark := l.text[at:body]
		l.spans = append(l.spans, span{start: at, body: body, tail: i, mark: i, end: end, open: mark, shut: mark})
		l.edges = append(l.edges, barrier{at, body + 1}, barrier{i - 1, end})
		return end
	}
	return 0
}

// mark notes the mark at a place: it opens a span, closes the one that is open, or is text.
func (l *layout) mark(open []int, from, at, to int) []int {
	c := l.text[at]
	before, after := ' ', ' '
	if at > from {
		before, _ = utf8.DecodeLastRuneInString(l.text[from:at])
	}
	if at+1 < to {
		after, _ = utf8.DecodeRuneInString(l.text[at+1 : to])
	}
	if before == rune(c) || after == rune(c) {
		return open
	}
	mine := slices.IndexFunc(open, func(p int) bool { return l.text[p] == c })
	switch {
	case mine >= 0 && !unicode.IsSpace(before) && !inWord(after) && at > open[mine]+1:
		start := open[mine]
		l.spans = append(l.spans, span{start: start, body: start + 1, tail: at, mark: at, end: at + 1, open: string(c), shut: string(c)})
		l.edges = append(l.edges, barrier{start, start + 2}, barrier{at - 1, at + 1})
		return open[:mine]
	case !unicode.IsSpace(after) && !inWord(before):
		if mine >= 0 {
			open = open[:mine]
		}
		return append(open, at)
	}
	return open
}
