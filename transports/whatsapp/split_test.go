package whatsapp

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/google/go-cmp/cmp"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"short", "Hello.", 20, []string{"Hello."}},
		{"empty", "", 20, []string{""}},
		{"exact", "12345678901234567890", 20, []string{"12345678901234567890"}},
		{"paragraph", "One two.\n\nThree four five.", 20, []string{"One two.\n\n", "Three four five."}},
		{"line", "One two three\nfour five six", 20, []string{"One two three\n", "four five six"}},
		{"sentence", "One two three. Four five six seven.", 20, []string{"One two three. ", "Four five six seven."}},
		{"word", "one two three four five six", 20, []string{"one two three four ", "five six"}},
		{"a paragraph that would leave too little", "A\n\nbbb ccc ddd eee fff ggg", 20, []string{"A\n\nbbb ccc ddd eee ", "fff ggg"}},
		{"one long word", strings.Repeat("x", 45), 20, []string{strings.Repeat("x", 20), strings.Repeat("x", 20), strings.Repeat("x", 5)}},
		{"emoji are two units each", "👍👍👍👍👍", 4, []string{"👍👍", "👍👍", "👍"}},
		{"a family is one character", "aaa👨‍👩‍👧bb", 10, []string{"aaa", "👨‍👩‍👧bb"}},
		{"accents stay", "aaae\u0301b", 4, []string{"aaa", "e\u0301b"}},
		{"a character that is larger than the limit", "e" + strings.Repeat("\u0301", 5), 4, []string{"e\u0301\u0301\u0301", "\u0301\u0301"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, split(tt.text, tt.limit)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitTenThousandCharacters(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Here is a sentence of some length, which says little. ", 190)
	pieces := split(text, 4096)
	if len(pieces) != 3 || strings.Join(pieces, "") != text {
		t.Fatalf("%d pieces", len(pieces))
	}
	for _, p := range pieces[:2] {
		if unitsOf(p) > 4096 || unitsOf(p) < 4000 || !strings.HasSuffix(p, "little. ") {
			t.Errorf("a piece of %d units ends with %q", unitsOf(p), p[len(p)-10:])
		}
	}
}

// No character is lost, no piece is too long, and none begins or ends within a character.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "a b c", "One. Two.\n\nThree.", "👨‍👩‍👧👨‍👩‍👧", "e\u0301e\u0301", "\xff\xfe", "ab\r\ncd", "ก็ตาม", "\u200d\u200d"} {
		f.Add(s, 5)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 2 || limit > 5000 {
			return
		}
		pieces := split(text, limit)
		if strings.Join(pieces, "") != text {
			t.Fatalf("the pieces %q are not the text", pieces)
		}
		borders := map[int]int{0: 0} // where characters begin, and how long they are
		for it := graphemes.FromString(text); it.Next(); {
			borders[it.Start()] = unitsOf(it.Value())
		}
		at := 0
		for i, p := range pieces {
			if unitsOf(p) > limit {
				t.Errorf("piece %d has %d units, more than %d", i, unitsOf(p), limit)
			}
			if p == "" && text != "" {
				t.Errorf("piece %d is empty", i)
			}
			if _, ok := borders[at]; !ok && !insideGiant(borders, at, limit) {
				t.Errorf("piece %d begins within a character", i)
			}
			if utf8.ValidString(text) && !utf8.ValidString(p) {
				t.Errorf("piece %d is not UTF-8", i)
			}
			at += len(p)
		}
	})
}

// insideGiant reports whether a place lies in a character that does not fit into any piece.
func insideGiant(borders map[int]int, at, limit int) bool {
	for at >= 0 {
		if units, ok := borders[at]; ok {
			return units > limit
		}
		at--
	}
	return false
}
