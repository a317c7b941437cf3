package format_test

import (
	"strings"
	"testing"

	"github.com/parley-voice/parley/transports/whatsapp/format"
)

func TestItalic(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, md, want string }{
		{"empty", "", ""},
		{"a line", "Hm, two plus two.", "_Hm, two plus two._"},
		{"lines", "One.\nTwo.\n\nThree.\n", "_One._\n_Two._\n\n_Three._"},
		{"white space", "  a  ", "_a_"},
		{"emphasis", "The **user** wants *this* and __that__, ~~not~~ *that*.", "_The user wants this and that, not that._"},
		{"emphasis at the edges", "*Hm.* So **four**", "_Hm. So four_"},
		{"emphasis over lines", "*one\ntwo*", "_one_\n_two_"},
		{"lonely marks", "2 * 3 * 4 and *args", "_2 * 3 * 4 and *args_"},
		{"snake case", "so snake_case_name it is", "_so snake_case_name it is_"},
		{"an underscore at an edge", "so _name it is\nfine", "so _name it is\n_fine_"},
		{"at the end", "call name_", "call name_"},
		{"names with two", "__init__ is called", "__init__ is called"},
		{"code", "use `a_b` here", "_use_ `a_b` _here_"},
		{"only code", "`a_b`", "`a_b`"},
		{"fenced code", "So:\n```\na_b *c*\n```", "_So:_\n```\na_b *c*\n```"},
		{"a list", "- one\n- **two**: x\n1. three", "- _one_\n- _two: x_\n1. _three_"},
		{"a quote", "> so *it* is", "> _so it is_"},
		{"a heading", "# Plan", "_Plan_"},
		{"a link", "see [here](https://a.b/x_y) now", "see here (https://a.b/x_y) now"}, // no mark may stand beside a word
		{"no words", "...", "_..._"},
	} {
		if got := format.Italic(tt.md); got != tt.want {
			t.Errorf("%s: %q becomes %q, want %q", tt.name, tt.md, got, tt.want)
		}
	}
}

// Without an underscore in it, every line is in italics, from its first word to its last.
func FuzzItalic(f *testing.F) {
	for _, s := range []string{"a *b* _c_", "_", "a_ b _c", "- a\n- b _a_", "**a\nb**", "a __b__", "_a _b_", "_a_ b_"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		md = strings.Map(func(r rune) rune {
			if r < 0x80 && strings.ContainsRune("ab*~-. \n", r) {
				return r
			}
			return 'a' + r%2
		}, md)
		got := format.Italic(md)
		for line := range strings.Lines(got) {
			line = strings.TrimLeft(strings.TrimSuffix(line, "\n"), "- ")
			loose := 0
			runes := []rune(" " + line + " ")
			for i, r := range runes {
				if r == '_' && (!word(runes[i-1]) || !word(runes[i+1])) {
					loose++
				}
			}
			if strings.ContainsAny(line, "ab") && loose != 2 && !strings.Contains(got, "```") {
				t.Errorf("%q became %q, with the line %q", md, got, line)
			}
		}
	})
}

func word(r rune) bool {
	return '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
}
