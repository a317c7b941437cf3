package whatsapp

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/transports/whatsapp/format"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// wording is a text on its way to a user: as it was written, and the messages that it becomes.
type wording struct {
	written string // by the model, in Markdown, or by a programmer
	shown   string // as the user sees it, in WhatsApp's markup
	pieces  []format.Piece
}

// asWritten makes messages of a text as it is.
func asWritten(text string) wording {
	return wording{text, text, format.Pieces(text, graph.MaxTextUnits)}
}

// fromMarkdown makes messages of a model's text, in WhatsApp's markup. A text of which nothing would be seen, such as a
// lone comment, is sent as it is: it is the answer.
func fromMarkdown(md string) wording {
	shown := format.FromMarkdown(md)
	if blank(shown) {
		return asWritten(md)
	}
	return wording{md, shown, format.Pieces(shown, graph.MaxTextUnits)}
}

// wording makes messages of an answer, as the configuration wants it.
func (c Config) wording(answer string) wording {
	if c.NoFormat {
		return asWritten(answer)
	}
	return fromMarkdown(answer)
}

// messages are the pieces, ready to be sent.
func (w wording) messages() (all []graph.Message) {
	for _, p := range w.pieces {
		all = append(all, graph.Text{Body: p.Text})
	}
	return all
}

// accepted returns what the first n pieces say, in the words and the markup in which it was written.
func (w wording) accepted(n int) string {
	if n >= len(w.pieces) {
		return w.written
	}
	size := 0
	for _, p := range w.pieces[:n] {
		size += len(p.Source)
	}
	if w.shown == w.written || size == 0 {
		return w.written[:size]
	}
	return comingOutAs(w.written, size)
}

// comingOutAs returns the beginning of a Markdown text that becomes size bytes in WhatsApp's markup, to the word.
// The conversion does not say which byte becomes which, but more of a text becomes more of it.
func comingOutAs(md string, size int) string {
	longest := func(ends []int) int {
		i, _ := slices.BinarySearchFunc(ends, size, func(end, size int) int {
			if len(strings.TrimSpace(format.FromMarkdown(md[:end]))) <= size {
				return -1
			}
			return 1
		})
		if i == 0 {
			return 0
		}
		return ends[i-1]
	}
	var lines []int
	for line := range strings.Lines(md) {
		lines = append(lines, last(lines)+len(line))
	}
	from := longest(lines)
	line, _, _ := strings.Cut(md[from:], "\n")
	var words, runes []int
	for i := 0; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		i += size
		if runes = append(runes, from+i); unicode.IsSpace(r) {
			words = append(words, from+i)
		}
	}
	if len(words) == 0 {
		words = runes
	}
	return md[:max(from, longest(words))]
}

func last(list []int) int {
	if len(list) == 0 {
		return 0
	}
	return list[len(list)-1]
}

// blank reports whether a text has nothing to read in it, which Meta refuses or shows as an empty bubble.
func blank(s string) bool { return strings.TrimFunc(s, unseen) == "" }

// unseen reports whether a character shows nothing by itself: white space, controls, marks of direction and joining, and the
// fillers of Hangul and Braille.
func unseen(r rune) bool {
	switch r {
	case '\u034f', '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Variation_Selector)
}
