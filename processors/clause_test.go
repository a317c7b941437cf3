package processors

import (
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func TestClauses(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{"Hello there. How are you?", []string{"Hello there.", "How are you?"}},
		{"Well, that is nice, I think. Really, it is.", []string{"Well, that is nice,", "I think.", "Really, it is."}},
		{"It costs $3.50, or 1,000 yen.", []string{"It costs $3.50,", "or 1,000 yen."}},
		{"Dr. Smith met J. R. R. Tolkien. He ran.", []string{"Dr. Smith met J. R. R. Tolkien.", "He ran."}},
		{"It was I. You knew.", []string{"It was I.", "You knew."}},
		{`He said "Stop!" Then he left.`, []string{`He said "Stop!"`, "Then he left."}},
		{"First\nSecond", []string{"First", "Second"}},
		{"Wait... what?", []string{"Wait...", "what?"}},
		{"See example.com for it. Bye.", []string{"See example.com for it.", "Bye."}},
		{"你好。再见。", []string{"你好。", "再见。"}},
		{" ... ", nil},
		{"", nil},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			for _, step := range []int{1, 3, 1000} { // however the model cuts its tokens
				var c clauses
				var got []string
				runes := []rune(tt.text)
				for len(runes) > 0 {
					n := min(step, len(runes))
					got = append(got, c.add(string(runes[:n]))...)
					runes = runes[n:]
				}
				if rest, ok := c.flush(); ok {
					got = append(got, rest)
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("in steps of %d (-want +got):\n%s", step, diff)
				}
			}
		})
	}
}

func FuzzClauses(f *testing.F) {
	f.Add("Hello there. How are you?", uint8(3))
	f.Add(strings.Repeat("no stop ", 100), uint8(7))
	f.Add("\xff. \"!\" é…)", uint8(1))
	f.Fuzz(func(t *testing.T, text string, step uint8) {
		var c clauses
		var got strings.Builder
		for rest := text; rest != ""; {
			n := min(max(int(step), 1), len(rest))
			for _, piece := range c.add(rest[:n]) {
				got.WriteString(piece + " ")
			}
			rest = rest[n:]
		}
		rest, _ := c.flush()
		got.WriteString(rest)
		// nothing that can be spoken is lost, made up or moved
		letters := func(s string) string {
			return strings.Map(func(r rune) rune {
				if unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r) && r != '\uFFFD' {
					return r
				}
				return -1
			}, s)
		}
		if want := letters(text); letters(got.String()) != want {
			t.Errorf("pieces of %q say %q", text, got.String())
		}
	})
}
