package whatsapp

import (
	"slices"
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
		borders := fitting(text, limit)
		room := borders[len(borders)-1]
		if room == len(text) {
			return append(pieces, text)
		}
		cut := bestCut(text, borders)
		pieces, text = append(pieces, text[:cut]), text[cut:]
	}
}

// fitting returns where the characters of the text end, as long as they have at most limit UTF-16 units together.
func fitting(text string, limit int) (borders []int) {
	units := 0
	for it := graphemes.FromString(text); it.Next(); {
		units += unitsOf(it.Value())
		if units > limit {
			break
		}
		borders = append(borders, it.End())
	}
	if text == "" {
		return []int{0}
	}
	if len(borders) > 0 {
		return borders
	}
	// A single character of more than limit units, such as one with thousands of accents, is cut between runes.
	units = 0
	end := 0
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		units += max(1, utf16.RuneLen(r))
		if end > 0 && units > limit {
			break
		}
		end += size
	}
	return []int{end}
}

func unitsOf(s string) (n int) {
	for _, r := range s {
		n += max(1, utf16.RuneLen(r)) // a stray byte becomes U+FFFD, one unit
	}
	return n
}

// bestCut finds the best of the borders to cut at.
func bestCut(text string, borders []int) int {
	room := borders[len(borders)-1]
	decent := max(1, room/3)
	for _, mark := range []string{"\n\n", "\n"} {
		if i := strings.LastIndex(text[:room], mark); i >= 0 {
			if cut := i + len(mark); cut >= decent && !blank(text[:cut]) {
				return cut
			}
		}
	}
	// Segmentation looks beyond the cut to know whether a sentence or word really ends there.
	look := text[:min(len(text), room+64)]
	if cut := lastEnd(sentences.FromString(look), borders); cut >= decent {
		return cut
	}
	if cut := lastEnd(words.FromString(look), borders); cut > 0 {
		return cut
	}
	return room
}

// lastEnd returns the end of the last segment that is one of the borders; 0 if there is none. Segments may end
// within what the user sees as one character.
func lastEnd(it interface {
	Next() bool
	End() int
}, borders []int) (end int) {
	for it.Next() && it.End() <= borders[len(borders)-1] {
		if _, ok := slices.BinarySearch(borders, it.End()); ok {
			end = it.End()
		}
	}
	return end
}

// blank reports whether a text has nothing to read in it, which Meta refuses.
func blank(s string) bool {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u200b' || r == '\ufeff' }) == ""
}
