package format_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/transports/whatsapp/format"
)

const answer = "## How to install\n\nThere are **two ways**; *both* take a minute. See [the guide](https://example.com/guide_1) or https://example.com/faq.\n\n" +
	"1. Download it:\n   ```sh\n   curl -LO https://example.com/parley.tar.gz\n   tar xf parley.tar.gz\n   ```\n2. Run `parley setup`, then:\n   - choose a **voice**\n   - choose a _model_\n\n" +
	"| Model | Size | Speed |\n|---|---|---|\n| small | 0.5 GB | fast enough for a telephone |\n| large | 4 GB | only with a graphics card |\n\n> Note: 2 * 3 is 6, and snake_case stays. 日本語も大丈夫です。👨‍👩‍👧\n\n"

func sized(n int) string { return strings.Repeat(answer, n/len(answer)+1)[:n] }

func BenchmarkFromMarkdown(b *testing.B) {
	for _, n := range []int{1 << 10, 32 << 10, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			md := sized(n)
			b.SetBytes(int64(n))
			b.ReportAllocs()
			for b.Loop() {
				format.FromMarkdown(md)
			}
		})
	}
}

func BenchmarkSplit(b *testing.B) {
	for _, n := range []int{1 << 10, 32 << 10, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := format.FromMarkdown(sized(n))
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				format.Split(text, 4096)
			}
		})
	}
}

// A model may run wild. What it then writes must not take much longer than other text.
func TestHostileTexts(t *testing.T) {
	t.Parallel()
	const size = 40 << 10
	for _, part := range []string{
		"*a _b ", "**a* ", "[", "[a](", "![", "[a][", "`a ``b ", "<a ", "<!--", "<a href=x>", "<b>", ">", "> - ", "1. ", "- ", "a\n", "\"https://",
		"https://a.b/(((", "a@", "```\n", "|a|\n|-|\n", "[a]: b\n", "~~a ", "\u0301", "京*", "_", "&amp;", "\\*", "\x00", "\xff",
	} {
		text := strings.Repeat(part, size/len(part))
		began := time.Now()
		for _, s := range []string{text, format.FromMarkdown(text)} {
			for _, p := range format.Split(s, 4096) {
				if n := units(p); n > 4096 {
					t.Errorf("many %q: a piece of %d units", part, n)
				}
			}
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("many %q took %v", part, took)
		}
	}
}

// A long answer arrives in pieces in which all code and emphasis is closed.
func TestLongAnswer(t *testing.T) {
	t.Parallel()
	text := format.FromMarkdown(sized(100 << 10))
	check(t, text, 4096)
	pieces := format.Split(text, 4096)
	if n := units(text)/4096 + 1; len(pieces) > 2*n {
		t.Errorf("%d pieces where %d would nearly do", len(pieces), n)
	}
	for _, p := range pieces {
		for _, line := range strings.Split(p, "\n") {
			if !strings.Contains(line, "2 * 3") && strings.Count(line, "*")%2 != 0 {
				t.Errorf("an open mark in %q", line)
			}
		}
	}
}
