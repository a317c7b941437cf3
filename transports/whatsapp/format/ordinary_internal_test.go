package format

import "testing"

func TestOrdinary(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"Thank you, I have read it.": true, "One\nTwo (2)\n\nDrei, \"Käse\" 50%!": true, "日本語": true, "No  end": true,
		"": false, " a": false, "a ": false, "a \nb": false, "a\n\n\nb": false, "\na": false, "a\n": false, "a\n b": false,
		"1. a": false, "a\n1) b": false, "- a": false, "a *b*": false, "a_b": false, "http://a.b": false, "a\tb": false,
		"a\xffb": false, "a\x00": false, "a\r\nb": false, "a\n===": false, "a|b\n-|-": false, "&amp;": false, "a\u00a0b": false,
	} {
		if got := ordinary(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func FuzzOrdinaryIsWhatTheParserSays(f *testing.F) {
	for _, s := range []string{
		"Thank you, I have read it.", "One\nTwo (2)\n\nDrei, \"Käse\" 50%!", "日本語\nx", "a  b   c", "a\n\nb 1. c", "www.a.b/c", "a (b) c) d. e", "a!(b)",
		"Set\n... ...", "ā̄ a", "x 1) y\nz",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if ordinary(s) && len(s) <= maxPart {
			if got := convert(s, false); got != s {
				t.Errorf("%q becomes %q", s, got)
			}
		}
	})
}
