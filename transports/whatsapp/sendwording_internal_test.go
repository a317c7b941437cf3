package whatsapp

import (
	"strings"
	"testing"
)

const answerInMarkdown = "# Prices\n\nThe **basic** plan costs *5 €* a month.\n\n| plan | price |\n|---|---|\n| basic | 5 € |\n\n" +
	"See [our page](https://example.com/prices) for all of them.\n\n```go\nfmt.Println(\"**not bold**\")\n```\n\nThat is all."

func TestBlank(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " \n\t\u00a0", "\u200b\u200d\ufeff", "\u200e", "\u202e\u2066", "\u3164\u2800", "\ufe0f", "\x00\x07", "\u00ad", "\u034f"} {
		if !blank(s) {
			t.Errorf("%q has something to read", s)
		}
	}
	for _, s := range []string{"x", "\u200ex", ".", "0", "❤️", "👩‍👩‍👧", "🏳️", "한", "⠁", "́", "�"} {
		if blank(s) {
			t.Errorf("%q has nothing to read", s)
		}
	}
}

func TestWordingOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, md, want string }{
		{"markdown", "**Yes**, see [it](https://e.org)", "*Yes*, see it (https://e.org)"},
		{"plain", "2 * 3 is 6", "2 * 3 is 6"},
		{"of which nothing would be seen", "<!-- thinking -->", "<!-- thinking -->"},
	} {
		w := Config{}.wording(tt.md)
		if len(w.pieces) != 1 || w.pieces[0].Text != tt.want || w.accepted(1) != tt.md {
			t.Errorf("%s: %+v, want %q", tt.name, w, tt.want)
		}
	}
	if w := (Config{NoFormat: true}).wording("**Yes**"); w.pieces[0].Text != "**Yes**" {
		t.Errorf("switched off: %+v", w)
	}
}

// What enters the conversation when Meta took some pieces only is the beginning of what the model wrote, and says as
// much as the pieces do.
func TestAcceptedPartOfAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, md string }{
		{"markdown", strings.Repeat(answerInMarkdown+"\n\n", 60)},
		{"plain", strings.Repeat("Nothing but words, and a few more of them. ", 400)},
		{"one line", strings.Repeat("**Bold** words, and [links](https://example.com). ", 400)},
		{"one word", strings.Repeat("x", 9000)},
		{"bytes that are no text", strings.Repeat("\xff\xfe word ", 2000)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := fromMarkdown(tt.md)
			if len(w.pieces) < 2 {
				t.Fatalf("%d pieces", len(w.pieces))
			}
			if got := w.accepted(0); got != "" {
				t.Errorf("nothing was taken, and %q is remembered", got)
			}
			size := 0
			for n := 1; n < len(w.pieces); n++ {
				size += len(w.pieces[n-1].Source)
				got := w.accepted(n)
				if !strings.HasPrefix(tt.md, got) {
					t.Fatalf("after %d pieces: not how the answer begins", n)
				}
				if shown := len(fromMarkdown(got).shown); shown > size || size-shown > 120 {
					t.Errorf("after %d pieces: %d bytes were sent, and %d are remembered", n, size, shown)
				}
			}
			if w.accepted(len(w.pieces)) != tt.md {
				t.Error("all was taken, and not all is remembered")
			}
		})
	}
}
