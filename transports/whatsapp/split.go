package whatsapp

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// split cuts a text into pieces of at most limit UTF-16 units, which together are the text. It cuts behind a
// paragraph if that leaves a piece of a decent size, else behind a line, a sentence, a word, and only inside a word that is
// longer than a piece between any two characters as the user sees them.
func split(text string, limit int) []string {
	var pieces []string
	for {
		room := fitting(text, limit)
		if room == len(text) {
			return append(pieces, text)
		}
		cut := bestCut(text, room)
		pieces, text = append(pieces, text[:cut]), text[cut:]
	}
}

// fitting returns how many bytes of the text, in whole characters, have at most limit UTF-16 units; at least one
// rune.
func fitting(text string, limit int) int {
	units, end := 0, 0
	it := graphemes.FromString(text)
	for it.Next() {
		n := unitsOf(it.Value())
		if units+n > limit {
			break
		}
		units, end = units+n, it.End()
	}
	if end > 0 {
		return end
	}
	// A single character of more than limit units, such as one with thousands of accents.
	for i, r := range text {
		n := max(1, utf16.RuneLen(r))
		if end > 0 && units+n > limit {
			break
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		units, end = units+n, i+size
	}
	return end
}

func unitsOf(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r)) // a stray byte becomes U+FFFD, one unit
	}
	return n
}

// bestCut finds the best place to cut within the first room bytes.
func bestCut(text string, room int) int {
	decent := room / 3
	head := text[:room]
	for _, mark := range []string{"\n\n", "\n"} {
		if i := strings.LastIndex(head, mark); i >= 0 {
			if cut := i + len(mark); cut >= decent && strings.TrimSpace(head[:cut]) != "" {
				return cut
			}
		}
	}
	// Segmentation looks beyond the cut to know whether a sentence or word really ends there.
	look := text[:min(len(text), room+64)]
	for len(look) < len(text) && !utf8.RuneStart(text[len(look)]) {
		look = text[:len(look)+1]
	}
	if cut := lastEnd(sentences.FromString(look), room); cut >= decent {
		return cut
	}
	if cut := lastEnd(words.FromString(look), room); cut > 0 {
		return cut
	}
	return room
}

// lastEnd returns the last border of segments that is at most at room.
func lastEnd(it interface {
	Next() bool
	End() int
}, room int) (end int) {
	for it.Next() && it.End() <= room {
		end = it.End()
	}
	return end
}

// blank reports whether a text has nothing to read in it, which Meta refuses.
func blank(s string) bool {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }) == ""
}
