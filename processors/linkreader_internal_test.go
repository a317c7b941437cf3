package processors

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func readLinks(pieces ...string) (said string, found []string) {
	r := linkReader{word: "LINK"}
	for _, p := range pieces {
		said += r.add(p)
	}
	return said + r.finish(), r.found
}

func TestLinksAreTakenOut(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		said  string
		found []string
	}{
		"No link here, what a hassle: w, h, [x] (y) <z>":   {"No link here, what a hassle: w, h, [x] (y) <z>", nil},
		"See https://example.com/a?b=1&c=2#d.":             {"See LINK.", []string{"https://example.com/a?b=1&c=2#d"}},
		"HTTP://EXAMPLE.COM, www.example.com!":             {"LINK, LINK!", []string{"HTTP://EXAMPLE.COM", "www.example.com"}},
		"(see https://en.wikipedia.org/wiki/Go_(game))":    {"(see LINK)", []string{"https://en.wikipedia.org/wiki/Go_(game)"}},
		"[our menu](https://example.com/menu) is new":      {"our menu is new", []string{"https://example.com/menu"}},
		`[m](https://e.com/a_(b) "title") x`:               {"m x", []string{"https://e.com/a_(b)"}},
		"[https://e.com](https://e.com) and [ ](www.e.de)": {"LINK and LINK", []string{"https://e.com", "www.e.de"}},
		"<https://e.com>\nhttps://e.com":                   {"LINK\nLINK", []string{"https://e.com"}},
		"http:// www. https://x notwww.example.com":        {"http:// www. https://x notwww.example.com", nil},
		"Call http://localhost:8080/x":                     {"Call LINK", []string{"http://localhost:8080/x"}},
		"[a](b) [c] [d":                                    {"[a](b) [c] [d", nil},
		"**https://e.com/x**":                              {"**LINK**", []string{"https://e.com/x"}},
		"打开https://e.com/路。":                               {"打开LINK。", []string{"https://e.com/路"}},
		"打开 https://e.com/路。":                              {"打开 LINK。", []string{"https://e.com/路"}},
	} {
		for _, size := range []int{1, 3, 7, len(text)} {
			var pieces []string
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				pieces, rest = append(pieces, rest[:n]), rest[n:]
			}
			said, found := readLinks(pieces...)
			if d := cmp.Diff(want.found, found); said != want.said || d != "" {
				t.Errorf("%q by %d: said %q, want %q; found\n%s", text, size, said, want.said, d)
			}
		}
	}
}

func TestTextWithoutLinksIsNotHeldBack(t *testing.T) {
	t.Parallel()
	r := linkReader{word: "LINK"}
	for _, piece := range []string{"Hello ", "there, ", "how ", "was ", "work"} {
		if got := r.add(piece); got != piece {
			t.Errorf("%q: %q", piece, got)
		}
	}
	endless := strings.Repeat("x", 3*maxLink)
	if said := r.add(" https://e.com/" + endless); said == " " || len(r.held) > maxLink {
		t.Errorf("%d bytes are held back", len(r.held))
	}
}

func FuzzLinkReader(f *testing.F) {
	f.Add("See https://example.com/a.", 3)
	f.Add("[a](https://b.c/(d)) <www.e.f> h", 1)
	f.Add("[[[](((https://", 2)
	f.Add("\xffh\x80ttp://\xc3", 1)
	f.Fuzz(func(t *testing.T, text string, size int) {
		whole, links := readLinks(text)
		if len(text) > maxLink {
			return // where it is cut depends on the pieces
		}
		if len(links) == 0 && whole != text {
			t.Fatalf("%q was changed to %q without a link", text, whole)
		}
		for _, l := range links {
			if !isURL(l) || !strings.Contains(text, l) {
				t.Fatalf("%q is no link of %q", l, text)
			}
		}
		var pieces []string
		for rest := text; rest != ""; {
			n := min(max(size, 1), len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if said, found := readLinks(pieces...); said != whole || !cmp.Equal(found, links) {
			t.Fatalf("%q in pieces: %q %q, whole %q %q", text, said, found, whole, links)
		}
	})
}
