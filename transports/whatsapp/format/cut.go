package format

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// place is a place in a text where a cut is possible.
type place struct {
	pos  int
	span int // the innermost one that is open there, -1 if none
	next int // the first span that begins there or later
}

// cutter takes pieces from the beginning of what is left of a text.
type cutter struct {
	*layout
	limit   int
	at      place   // where the rest begins
	borders []place // where it may be cut, a buffer
}

// next takes a piece. It reports false if there is nothing to read in it.
func (c *cutter) next() (message string, readable bool) {
	from, marked := c.at, true
	c.find(true, c.links)
	if len(c.borders) == 0 {
		marked = false
		c.find(false, c.links)
	}
	if len(c.borders) == 0 {
		c.find(false, nil)
	}
	var to place
	if len(c.borders) > 0 {
		to = c.best()
	} else {
		to = c.giant()
	}
	message, readable = c.message(from, to, marked), c.readable(from, to, marked)
	if code := c.codeAt(to); marked && code != nil && to.pos >= code.tail {
		to.pos = code.end // the fence that was added stands for the one in the text
		to.span = c.leave(to.span, to.pos)
	}
	c.at = to
	c.passed()
	return message, readable
}

// passed drops the barriers that lie behind.
func (c *cutter) passed() {
	for len(c.links) > 0 && c.links[0].to <= c.at.pos {
		c.links = c.links[1:]
	}
	for len(c.edges) > 0 && c.edges[0].to <= c.at.pos {
		c.edges = c.edges[1:]
	}
}

// find finds the borders of a piece: ends of characters as the user sees them, so that the piece fits with the marks
// that a cut there needs. Without marks, only links are spared.
func (c *cutter) find(marks bool, links []barrier) {
	c.borders = c.borders[:0]
	edges, to := c.edges, c.at
	units := 0
	if marks {
		for s := c.at.span; s >= 0; s = c.spans[s].parent {
			units += unitsOf(c.spans[s].open)
		}
	} else {
		edges = nil
	}
	for it := graphemes.FromString(c.text[c.at.pos:]); it.Next(); {
		if units += unitsOf(it.Value()); units > c.limit {
			return
		}
		to = c.move(to, c.at.pos+it.End())
		if within(&links, to.pos) || within(&edges, to.pos) {
			continue
		}
		shut := 0
		if marks {
			for s := to.span; s >= 0; s = c.spans[s].parent {
				shut += unitsOf(c.spans[s].shut)
			}
		}
		if units+shut <= c.limit {
			c.borders = append(c.borders, to)
		}
	}
}

// within reports whether a place is within a barrier. It drops the barriers before the place.
func within(barriers *[]barrier, pos int) bool {
	b := *barriers
	for len(b) > 0 && b[0].to <= pos {
		b = b[1:]
	}
	*barriers = b
	return len(b) > 0 && b[0].from < pos
}

// move returns the place at a later position.
func (c *cutter) move(p place, pos int) place {
	for p.next < len(c.spans) && c.spans[p.next].start < pos {
		p.span = p.next
		p.next++
	}
	return place{pos, c.leave(p.span, pos), p.next}
}

// giant returns where to cut a single character that is longer than a piece.
func (c *cutter) giant() place {
	rest := c.text[c.at.pos:]
	units, end := 0, 0
	for end < len(rest) {
		r, size := utf8.DecodeRuneInString(rest[end:])
		if units += max(1, utf16.RuneLen(r)); units > c.limit {
			break
		}
		end += size
	}
	return c.move(c.at, c.at.pos+end)
}

// codeAt is the fenced code that a place is in, nil if none.
func (c *cutter) codeAt(p place) *span {
	if p.span < 0 || !c.spans[p.span].code {
		return nil
	}
	return &c.spans[p.span]
}

// best finds the best of the borders to cut at.
func (c *cutter) best() place {
	last := c.borders[len(c.borders)-1]
	if last.pos == len(c.text) {
		return last
	}
	from := c.at.pos
	first := from + strings.IndexFunc(c.text[from:last.pos], func(r rune) bool { return !invisible(r) })
	if first < from {
		return last
	}
	decent := max(from+max(1, (last.pos-from)/3), first+1)
	paragraph, line, codeLine := c.lineEnds(decent, first)
	if paragraph.pos > 0 {
		return paragraph
	}
	if code := c.codeAt(last); code != nil {
		if whole, ok := c.border(code.start); ok && code.start > first && c.fits(code) {
			return whole
		}
		if codeLine.pos > 0 {
			return codeLine
		}
	}
	if line.pos > 0 {
		return line
	}
	// Segmentation looks beyond the cut to know whether a sentence or word really ends there.
	end := min(len(c.text), last.pos+64)
	for end < len(c.text) && !utf8.RuneStart(c.text[end]) {
		end++
	}
	look := c.text[from:end]
	if cut, ok := c.lastEnd(sentences.FromString(look), decent); ok {
		return cut
	}
	if cut, ok := c.lastEnd(words.FromString(look), first+1); ok {
		return cut
	}
	return last
}

// lineEnds finds the last borders behind a paragraph and behind a line, both in text, and behind a line of the code that
// the last border is in. The position of one that there is not is 0.
func (c *cutter) lineEnds(decent, first int) (paragraph, line, codeLine place) {
	last := c.borders[len(c.borders)-1]
	for _, b := range slices.Backward(c.borders) {
		if b.pos <= first || b.pos < decent && c.codeAt(last) == nil {
			break
		}
		if c.text[b.pos-1] != '\n' {
			continue
		}
		code := c.codeAt(b)
		switch {
		case code != nil:
			if codeLine.pos == 0 && b.span == last.span && b.pos > code.body {
				codeLine = b
			}
		case b.pos < decent:
		case strings.HasSuffix(strings.TrimRight(c.text[c.at.pos:b.pos-1], " \t\r"), "\n"):
			return b, line, codeLine
		case line.pos == 0:
			line = b
		}
	}
	return paragraph, line, codeLine
}

// fits reports whether code would fit into a piece.
func (c *cutter) fits(code *span) bool {
	const maxBytes = 3 // of a UTF-16 unit
	return code.end-code.start <= maxBytes*c.limit && unitsOf(c.text[code.start:code.end]) <= c.limit
}

// border returns the border at a position.
func (c *cutter) border(pos int) (place, bool) {
	i, ok := slices.BinarySearchFunc(c.borders, pos, func(p place, pos int) int { return cmp.Compare(p.pos, pos) })
	if !ok {
		return place{}, false
	}
	return c.borders[i], true
}

// lastEnd returns the last end of a segment that is a border outside code at a position or behind it.
func (c *cutter) lastEnd(it interface {
	Next() bool
	End() int
}, least int) (last place, ok bool) {
	for it.Next() {
		pos := c.at.pos + it.End()
		if pos > c.borders[len(c.borders)-1].pos {
			break
		}
		if pos < least {
			continue
		}
		if b, found := c.border(pos); found && c.codeAt(b) == nil {
			last, ok = b, true
		}
	}
	return last, ok
}

// message is the text between two places, with the marks that the cuts took from it. Marks stand between text and
// white space, else WhatsApp would not take them for marks.
func (c *cutter) message(from, to place, marks bool) string {
	text := c.text[from.pos:to.pos]
	if !marks || from.span < 0 && to.span < 0 {
		return text
	}
	var open, shut string
	for s := from.span; s >= 0; s = c.spans[s].parent {
		open = c.spans[s].open + open
	}
	for s := to.span; s >= 0; s = c.spans[s].parent {
		shut += c.spans[s].shut
	}
	if c.codeAt(from) == nil {
		rest := strings.TrimLeftFunc(text, unicode.IsSpace)
		open, text = text[:len(text)-len(rest)]+open, rest
	}
	if c.codeAt(to) == nil {
		rest := strings.TrimRightFunc(text, unicode.IsSpace)
		shut, text = shut+text[len(rest):], rest
	} else if strings.HasSuffix(text, "\n") {
		shut = strings.TrimPrefix(shut, "\n")
	}
	return open + text + shut
}

// readable reports whether there is more than white space, and fences that others stand for, between two places.
func (c *cutter) readable(from, to place, marks bool) bool {
	if code := c.codeAt(to); code != nil && marks {
		before := c.text[from.pos:max(from.pos, min(to.pos, code.start))]
		inside := c.text[min(to.pos, max(from.pos, code.body)):to.pos]
		return !blank(before) || !blank(inside)
	}
	return !blank(c.text[from.pos:to.pos])
}
