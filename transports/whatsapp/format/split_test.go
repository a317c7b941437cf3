package format_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/google/go-cmp/cmp"

	"github.com/parley-voice/parley/transports/whatsapp/format"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		limit      int
		want       []string
	}{
		{"short", "Hello.", 20, []string{"Hello."}},
		{"empty", "", 20, nil},
		{"nothing to read", " \n\u200b\n ", 3, nil},
		{"exact", "12345678901234567890", 20, []string{"12345678901234567890"}},
		{"paragraph", "One two.\n\nThree four five.", 20, []string{"One two.\n\n", "Three four five."}},
		{"paragraph with carriage returns", "One two.\r\n\r\nThree\r\nfour five.", 20, []string{"One two.\r\n\r\n", "Three\r\nfour five."}},
		{"line", "One two three\nfour five six", 20, []string{"One two three\n", "four five six"}},
		{"an indent stays", "- One two three\n  - four five", 20, []string{"- One two three\n", "  - four five"}},
		{"sentence", "One two three. Four five six seven.", 20, []string{"One two three. ", "Four five six seven."}},
		{"word", "one two three four five six", 20, []string{"one two three four ", "five six"}},
		{"a paragraph that would leave too little", "A\n\nbbb ccc ddd eee fff ggg", 20, []string{"A\n\nbbb ccc ddd eee ", "fff ggg"}},
		{"one long word", strings.Repeat("x", 45), 20, []string{strings.Repeat("x", 20), strings.Repeat("x", 20), strings.Repeat("x", 5)}},
		{"white space alone vanishes", "aaaa" + strings.Repeat(" ", 25), 10, []string{"aaaa"}},
		{"emoji are two units each", "👍👍👍👍👍", 4, []string{"👍👍", "👍👍", "👍"}},
		{"a family is one character", "aaa👨‍👩‍👧bb", 10, []string{"aaa", "👨‍👩‍👧bb"}},
		{"accents stay", "aaae\u0301b", 4, []string{"aaa", "e\u0301b"}},
		{"a character that is larger than the limit", "e" + strings.Repeat("\u0301", 5), 4, []string{"e\u0301\u0301\u0301", "\u0301\u0301"}},
		{"sentences without spaces", "今日は良い天気です。散歩に行きましょう。", 12, []string{"今日は良い天気です。", "散歩に行きましょう。"}},
		{"right to left", "مرحبا بكم في الخدمة. كيف يمكنني مساعدتك؟", 22, []string{"مرحبا بكم في الخدمة. ", "كيف يمكنني مساعدتك؟"}},
		{"no limit to speak of", "👍a", -1, []string{"👍", "a"}},

		{"a link is whole", "Go to https://example.com/a.b?c=d now", 30, []string{"Go to ", "https://example.com/a.b?c=d ", "now"}},
		{"a full stop stays at its link", "See https://example.com/abc. Then go", 27, []string{"See ", "https://example.com/abc. ", "Then go"}},
		{"a link without scheme", "Go to www.example.com/a/b/c/d", 24, []string{"Go to ", "www.example.com/a/b/c/d"}},
		{"a mail address is whole", "Write to first.last@example.com", 25, []string{"Write to ", "first.last@example.com"}},
		{"a link that is too long", "https://example.com/aaaaaaaaaa", 20, []string{"https://example.com/", "aaaaaaaaaa"}},

		{"code at lines", "```go\nline one\nline two\nline three\n```", 30, []string{"```go\nline one\nline two\n```", "```go\nline three\n```"}},
		{"code that fits stays whole", "Some words here.\n```\nabc\ndef\n```", 26, []string{"Some words here.\n", "```\nabc\ndef\n```"}},
		{"a long line of code", "```\n" + strings.Repeat("x", 30) + "\n```", 20, []string{"```\nxxxxxxxxxxxx\n```", "```\nxxxxxxxxxxxx\n```", "```\nxxxxxx\n```"}},
		{"code inside a line", "```" + strings.Repeat("ab ", 9) + "c```", 20, []string{"```" + "ab ab ab ab ab" + "```", "``` ab ab ab ab c```"}},
		{"blank lines at the end of code", "```\nabcdefghij\n" + strings.Repeat("\n", 20) + "```\nend", 20, []string{"```\nabcdefghij\n\n```", "\nend"}},
		{"blank lines in code", "```\nabcdefghij\n" + strings.Repeat("\n", 40) + "k\n```", 20, []string{"```\nabcdefghij\n\n```", "```\n\n\n\nk\n```"}},
		{"a fence alone is text", "```go aaa bbb ccc ddd", 12, []string{"```go aaa ", "bbb ccc ddd"}},

		{"bold goes on", "*one two three four*", 12, []string{"*one two* ", "*three four*"}},
		{"bold and italic go on", "*one _two three_ four*", 12, []string{"*one _two_* ", "*_three_* ", "*four*"}},
		{"bold before a cut", "*one two* three four", 12, []string{"*one two* ", "three four"}},
		{"asterisks alone", "2 * 3 and 4 * 5 and 6", 12, []string{"2 * 3 and 4 ", "* 5 and 6"}},
		{"inline code is whole", "run `go test` now", 12, []string{"run ", "`go test` ", "now"}},
		{"long inline code", "`aaaa bbbb cccc`", 10, []string{"`aaaa` ", "`bbbb` ", "`cccc`"}},
		{"a limit without room for marks", "*one two*", 2, []string{"*", "on", "e ", "tw", "o*"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, format.Split(tt.text, tt.limit)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestSplitTenThousandCharacters(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Here is a sentence of some length, which says little. ", 190)
	pieces := format.Split(text, 4096)
	if len(pieces) != 3 || strings.Join(pieces, "") != text {
		t.Fatalf("%d pieces", len(pieces))
	}
	for _, p := range pieces[:2] {
		if units(p) > 4096 || units(p) < 4000 || !strings.HasSuffix(p, "little. ") {
			t.Errorf("a piece of %d units ends with %q", units(p), p[len(p)-10:])
		}
	}
}

// A cut through bold text inside a message with links and code must leave nothing open.
func TestSplitAtEveryLimit(t *testing.T) {
	t.Parallel()
	text := "*Setup*\nFirst install it, see https://example.com/install?os=linux#top for *all the _many_ details* there are.\n\n" +
		"```bash\nsudo apt-get update\nsudo apt-get install --yes parley\n```\n\n- `one` thing 👨‍👩‍👧\n- ~another~ thing, 東京は晴れです。\n"
	for limit := 45; limit <= units(text); limit++ {
		check(t, text, limit)
		for _, p := range format.Split(text, limit) {
			for _, mark := range []string{"```", "*", "`"} {
				if strings.Count(p, mark)%2 != 0 {
					t.Errorf("limit %d: %q is not balanced in %q", limit, mark, p)
				}
			}
		}
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{
		"", "a b c", "One. Two.\n\nThree.", "👨‍👩‍👧👨‍👩‍👧", "e\u0301e\u0301", "\xff\xfe", "ab\r\ncd", "ก็ตาม", "\u200d\u200d",
		"*bold _both_*", "a `code` b", "```go\nx := 1\n\ny := 2\n```\nend", "```a```b```", "````\n```\n````", "``` \n\n\n ```",
		"see https://example.com/a_b_c(d), me@example.com *https://x.org*", "~a~ *b* _c_\n*d", "* a _b* c_", "@@@a@b.c",
	} {
		f.Add(s, 5)
		f.Add(s+s+s+s, 30)
	}
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 2 || limit > 5000 {
			return
		}
		check(t, text, limit)
	})
}

var (
	someLink = regexp.MustCompile(`(?:^|\s)https?://[a-z0-9]+(?:[./?=&#_-][a-z0-9]+)*(?:\s|$)`)
	ticks    = regexp.MustCompile("`+")
)

// check checks what is promised of all pieces of any text.
func check(t *testing.T, text string, limit int) {
	t.Helper()
	pieces := format.Pieces(text, limit)
	var sources strings.Builder
	cuts := map[int]bool{}
	for i, p := range pieces {
		sources.WriteString(p.Source)
		cuts[sources.Len()] = true
		if n := units(p.Text); n > limit {
			t.Errorf("piece %d has %d units, more than %d: %q", i, n, limit, p.Text)
		}
		if strings.TrimSpace(p.Text) == "" {
			t.Errorf("piece %d is blank", i)
		}
		if utf8.ValidString(text) && !utf8.ValidString(p.Text) {
			t.Errorf("piece %d is not UTF-8: %q", i, p.Text)
		}
		checkAdded(t, text, p)
	}
	if len(pieces) > 0 && sources.String() != text {
		t.Fatalf("the sources of %q are not the text %q", pieces, text)
	}
	for it := graphemes.FromString(text); it.Next(); {
		for at := it.Start() + 1; at < it.End(); at++ {
			if cuts[at] && units(it.Value()) <= limit {
				t.Errorf("a cut at %d within the character %q", at, it.Value())
			}
		}
	}
	if !strings.Contains(text, "`") {
		for _, at := range someLink.FindAllStringIndex(text, -1) {
			for cut := at[0] + 2; cut < at[1]-1; cut++ {
				if cuts[cut] && units(text[at[0]:at[1]]) <= limit/2 {
					t.Errorf("a cut within the link %q", text[at[0]:at[1]])
				}
			}
		}
	}
	checkFences(t, text, limit, pieces)
}

// checkAdded checks that a message is what it stands for, but for fences with the name of a language, marks and white
// space.
func checkAdded(t *testing.T, text string, p format.Piece) {
	t.Helper()
	message, source := bare(p.Text), bare(p.Source)
	info, ok := strings.CutSuffix(message, source)
	if !ok {
		t.Errorf("the message %q is not the text %q", p.Text, p.Source)
	}
	if info == "" {
		return
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(line, "```") && bare(line) == info {
			return
		}
	}
	t.Errorf("the message %q has %q too much", p.Text, info)
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("`*_~\u200b\ufeff\u2060", r) || unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// checkFences checks that each piece has its fences in pairs if the text has.
func checkFences(t *testing.T, text string, limit int, pieces []format.Piece) {
	t.Helper()
	for it := graphemes.FromString(text); it.Next(); {
		if len(it.Value()) > 1 && strings.Contains(it.Value(), "`") {
			return
		}
	}
	runs := ticks.FindAllString(text, -1)
	for _, r := range runs {
		if r != "```" {
			return
		}
	}
	if len(runs)%2 != 0 || limit < 64 {
		return
	}
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 && (strings.TrimSpace(part) == "" || len(strings.TrimLeft(part, " \n\t\r")) < len(part)-10) {
			return
		}
	}
	for _, p := range pieces {
		if strings.Count(p.Text, "```")%2 != 0 {
			t.Errorf("a fence is open in %q", p.Text)
		}
	}
}

func units(s string) int { return len(utf16.Encode([]rune(s))) }
