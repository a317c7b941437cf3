package format

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer"
	gohtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

func TestFromMarkdown(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, md, want string }{
		{"empty", "", ""},
		{"plain", "Hello, world!\nHow are you?", "Hello, world!\nHow are you?"},
		{"carriage returns", "a\r\nb\r\rc", "a\nb\n\nc"},
		{"white space", "  a  \n\n\n\nb\t\n", "a\n\nb"},

		{"bold", "**bold** and __bold__", "*bold* and *bold*"},
		{"italic", "*italic* and _italic_", "_italic_ and _italic_"},
		{"strike", "~~gone~~ and ~gone~", "~gone~ and ~gone~"},
		{"bold italic", "***both*** and **_both_** and _**both**_", "*_both_* and *_both_* and *_both_*"},
		{"nested", "**a *b* c** and *a **b** c*", "*a _b_ c* and _a *b* c_"},
		{"bold in bold", "**a __b__ c**", "*a b c*"},
		{"bold over lines", "**one\ntwo**", "*one*\n*two*"},
		{"a word goes on", "**Note**s and **bold**ness", "Notes and boldness"},
		{"punctuation beside", "(**a**), \"*b*\": **c**!", "(*a*), \"_b_\": *c*!"},
		{"label", "**Price:** 5 €", "*Price:* 5 €"},

		{"product", "2 * 3 = 6 and 5*4*3 = 60", "2 * 3 = 6 and 5*4*3 = 60"},
		{"power", "2**3**2 and x**y", "2**3**2 and x**y"},
		{"snake case", "snake_case_name and __init__ and __init__.py", "snake_case_name and __init__ and __init__.py"},
		{"arguments", "f(*args, **kwargs)", "f(*args, **kwargs)"},
		{"globs", "*.* and *.go and src/**/*.go", "*.* and *.go and src/**/*.go"},
		{"schedule", "*/5 * * * *", "*/5 * * * *"},
		{"ranges", "3~5 days, 7~10 days, ~5 km or ~10 km", "3~5 days, 7~10 days, ~5 km or ~10 km"},
		{"a lonely mark", "**bold and *more", "**bold and *more"},
		{"censored", "what the f***", "what the f***"},
		{"escapes", `\*not italic\* \# a\_b 1\. C:\dir`, `*not italic* # a_b 1. C:\dir`},
		{"shrug", `¯\\_(ツ)_/¯`, `¯\_(ツ)_/¯`},

		{"inline code", "Run `go test **x**` now", "Run `go test **x**` now"},
		{"code in bold", "**Use `x_y` here**", "*Use* `x_y` *here*"},
		{"backtick in code", "``a`b``", "```a`b```"},
		{"fenced code", "See:\n\n```go\nx := a*b*c // **no** [l](u)\n\n\ty\n```\nDone", "See:\n\n```\nx := a*b*c // **no** [l](u)\n\n\ty\n```\nDone"},
		{"tilde fence", "~~~\na\n~~~", "```\na\n```"},
		{"open fence", "```sh\nls", "```\nls\n```"},
		{"indented code", "Run\n\n    go *test*\n\nnow", "Run\n\n```\ngo *test*\n```\n\nnow"},
		{"fence in code", "````md\n```go\nx\n```\n````", "```go\nx\n```"},
		{"code in a list", "1. First\n   ```py\n   if x:\n       y\n   ```\n2. Second", "1. First\n```\nif x:\n    y\n```\n2. Second"},

		{"headings", "# One\ntext\n## Two ##\n### **Three** `x`\nFour\n====\n", "*One*\ntext\n*Two*\n*Three* `x`\n*Four*"},
		{"no headings", "#tag\nThanks\n-\nAnn", "#tag\nThanks\n-\nAnn"},
		{"rule", "a\n\n---\n\nb\n***\nc", "a\n\n———\n\nb\n———\nc"},
		{"signature", "Dear all,\nbye.\n---\nBob", "Dear all,\nbye.\n———\nBob"},

		{"bullets", "Buy:\n* milk\n* eggs\n\n+ bread", "Buy:\n- milk\n- eggs\n\n- bread"},
		{"numbers", "3. c\n4. d\n1) x", "3. c\n4. d\n1. x"},
		{"all ones", "1. a\n1. b\n1. c", "1. a\n2. b\n3. c"},
		{"loose list", "1. a\n\n   more\n\n2. b", "1. a\n\n   more\n\n2. b"},
		{"nested list", "1. a\n   - b\n     - c\n   - d\n2. e", "1. a\n   - b\n     - c\n   - d\n2. e"},
		{"tasks", "- [x] done\n- [ ] **open**", "- [x] done\n- [ ] *open*"},
		{"empty item", "- a\n-\n- b", "- a\n-\n- b"},
		{"sum", "+ 5 apples\n+ 6 pears", "+ 5 apples\n+ 6 pears"},
		{"year", "2019. A great year", "2019. A great year"},

		{"quote", "> a **b**\n> c\n\nd", "> a *b*\n> c\n\nd"},
		{"lazy quote", "> a\nb", "> a\n> b"},
		{"quote in quote", "> a\n> > b", "> a\n> b"},
		{"list in quote", "> - a\n>   b\n> - c", "> - a\n>   b\n> - c"},
		{"quote in list", "- > a\n  > b", "- > a\n  > b"},

		{"link", "See [the docs](https://x.io/a_b_c \"Docs\").", "See the docs (https://x.io/a_b_c)."},
		{"equal link", "[https://x.io](https://x.io) [x.io](https://x.io/) <https://x.io>", "https://x.io https://x.io/ https://x.io"},
		{"bold link", "**[docs](https://x.io)** [**docs**](https://x.io)", "*docs* (https://x.io) *docs* (https://x.io)"},
		{"mail", "[Ann](mailto:ann@x.io), [ann@x.io](mailto:ann@x.io), <ann@x.io>", "Ann (ann@x.io), ann@x.io, ann@x.io"},
		{"telephone", "[Call us](tel:+49123)", "Call us (+49123)"},
		{"nowhere", "[a](#part) [b]() [c](javascript:x)", "a b c"},
		{"spaces", "[a](<https://x.io/b c>)", "a (https://x.io/b%20c)"},
		{"bare address", "https://x.io/_a_/*b*?q=__c__&copy=1, https://y.io.", "https://x.io/_a_/*b*?q=__c__&copy=1, https://y.io."},
		{"bold address", "**https://x.io/a_b**, **see http://y.io now**", "https://x.io/a_b, *see* http://y.io *now*"},
		{"reference", "See [docs][d] and [d].\n\n[d]: https://x.io", "See docs (https://x.io) and d (https://x.io)."},
		{"sources", "Yes [1], no [2].\n\n[1]: https://x.io\n[2]: https://y.io \"Why\"", "Yes [1], no [2].\n\n[1]: https://x.io\n[2]: https://y.io Why"},
		{"footnotes", "Yes[^1], no[^2].\n\n[^1]: Because **so**.\n\n[^2]: https://x.io", "Yes[1], no[2].\n\n[1]: Because *so*.\n\n[2]: https://x.io"},
		{"unused definition", "Text\n\n[docs]: https://x.io", "Text\n\n[docs]: https://x.io"},
		{"image", "![A cat](https://x.io/c.png) [![badge](b.svg)](https://x.io)", "A cat (https://x.io/c.png) badge (https://x.io)"},

		{"breaks", "a  \nb\\\nc<br>d<br/>\ne", "a\nb\nc\nd\ne"},
		{"no entities", "&amp0; &#12ab; &#x; &#; &;", "&amp0; &#12ab; &#x; &#; &;"},
		{"entities", "AT&amp;T &lt;b&gt; &#65; &copy &nosuch; R&D", "AT&T <b> A &copy &nosuch; R&D"},
		{"tags", "<b>a</b> <i>b</i> H<sub>2</sub>O <kbd>Ctrl</kbd> <!-- no -->c", "*a* _b_ H2O Ctrl c"},
		{"not tags", "Dear <your name>, List<String> a < b > c", "Dear <your name>, List<String> a < b > c"},
		{"html link", "<a href=\"https://x.io\">docs</a> <a href='https://y.io'>https://y.io</a>", "docs (https://x.io) https://y.io"},
		{"html blocks", "<details>\n<summary>More</summary>\n\n**a**\n\n</details>", "More\n\n*a*"},
		{"html list", "<ul>\n<li>a</li>\n<li><b>b</b></li>\n</ul>", "- a\n- *b*"},

		{"small table", "|Name|Age|\n|:--|--:|\n|Al|30|\n|Bob|5|", "```\nName  Age\nAl     30\nBob     5\n```"},
		{
			"wide table", "Plans:\n| Plan | Price per month | Users |\n|---|---|---|\n| **Basic** | 5 € | [one](https://x.io) |\n| Pro | 15 € | |\nDone",
			"Plans:\n\n*Plan: Basic*\n- Price per month: 5 €\n- Users: one (https://x.io)\n\n*Plan: Pro*\n- Price per month: 15 €\n- Users\n\n*Plan: Done*\n- Price per month\n- Users",
		},
		{
			"comparison", "| | Cats | Dogs |\n|---|---|---|\n| Noise | they miaow all night | they bark |",
			"*Noise*\n- Cats: they miaow all night\n- Dogs: they bark",
		},
		{
			"two columns", "| Part | What it does |\n|---|---|\n| VAD | finds out when somebody speaks |\n| `STT` | writes it down |",
			"*Part: What it does*\n- *VAD*: finds out when somebody speaks\n- `STT`: writes it down",
		},
		{"japanese table", "|名前|年齢|\n|-|-|\n|太郎|30|", "*名前: 年齢*\n- *太郎*: 30"},
		{"no table", "a | b\nc | d", "a | b\nc | d"},

		{"chinese", "这是**重点**内容，**「注意」**事项。", "这是*重点*内容，*「注意」*事项。"},
		{"japanese", "**「東京」**は首都です。", "*「東京」*は首都です。"},
		{"korean", "**서울(Seoul)**은 수도입니다.", "*서울(Seoul)*은 수도입니다."},
		{"arabic", "هذا **مهم** جدا و*مائل*", "هذا *مهم* جدا و*مائل*"},
		{"hebrew", "זה **חשוב** מאוד", "זה *חשוב* מאוד"},
		{"emoji", "**👨‍👩‍👧 Family** ❤️ *👍*", "*👨‍👩‍👧 Family* ❤️ _👍_"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.want, FromMarkdown(tt.md)); d != "" {
				t.Error(d)
			}
		})
	}
}

// Texts that are converted in parts come out as if they were not.
func TestFromMarkdownLong(t *testing.T) {
	t.Parallel()
	one := "## Part\n\nSome **bold** text with [a link](https://x.io) and `code`.\n\n1. first\n\n   more\n2. second\n\n```go\nx := 1\n\ny := 2\n```\n\n"
	want := FromMarkdown(one)
	n := 3 * maxPart / len(one)
	if d := cmp.Diff(strings.Repeat(want+"\n\n", n-1)+want, FromMarkdown(strings.Repeat(one, n))); d != "" {
		t.Error(d)
	}
	code := "```\n" + strings.Repeat("x\n\ny\n", maxPart/2) + "```"
	if got := FromMarkdown("**a**\n\n" + code + "\n\n**b**"); got != "*a*\n\n"+code+"\n\n*b*" {
		t.Error("long code was changed")
	}
	for _, word := range []string{"x", "word ", "日", "a\n"} {
		text := strings.TrimSpace(strings.Repeat(word, 3*maxPart))
		if FromMarkdown(text) != text {
			t.Errorf("many %q were changed", word)
		}
	}
}

// Nothing that a browser would show of the text is lost, code is as it was, and the result can be sent.
func FuzzFromMarkdown(f *testing.F) {
	for _, s := range []string{
		"", "**a *b* c**", "# h\n- a\n  1. b\n> q", "```go\nx\n```", "``a`b``", "|a|b|c|\n|-|-|-|\n|1|2|3|", "[a](b) ![c](d)",
		"[a]\n\n[a]: b 'c'", "[^1]\n\n[^1]: http://x.io", "https://a.b/_c_ **http://d**", "<b>x</b><a href=y>z</a><br>", "a\\*b &amp; &#0;",
		"~~a~~ ~b~", "5*4*3 __init__", "- > ```\n  > x\n", "\xff\x00\r\n\t", "这**是**「*x*」", "a\n===\nb\n---\n", "*\u00a0*", "1. 1. 1. x", "| `a\\|b` |\n|-|",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		got := FromMarkdown(md)
		md = strings.ReplaceAll(strings.ReplaceAll(strings.ToValidUTF8(md, "\ufffd"), "\r\n", "\n"), "\r", "\n")
		md = strings.ReplaceAll(md, "\x00", "\ufffd")
		if len(md) > maxPart {
			return
		}
		visible, codes := seen(t, md)
		have := letters(got)
		for r, n := range letters(visible) {
			if have[r] < n {
				t.Errorf("%q became %q, which has %q %d times instead of %d", md, got, r, have[r], n)
			}
		}
		for _, code := range codes {
			if !strings.Contains(got, code) {
				t.Errorf("%q became %q, without the code %q", md, got, code)
			}
		}
		if bare := strings.Contains(strings.Join(codes, ""), fence); bare {
			return // without a fence, blank lines of code may stand anywhere
		}
		if strings.HasSuffix(got, "\n") || strings.HasPrefix(got, "\n") {
			t.Errorf("%q became %q, with blank lines around it", md, got)
		}
	})
}

// Plain text comes back as it was.
func FuzzFromMarkdownPlain(f *testing.F) {
	f.Add("Hello, world!\n\nHow (are) you? “Fine”, 2 * 3; a_b, 50 %.")
	f.Add("日本語。\n한국어 עברית العربية 👨‍👩‍👧 e\u0301")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.Map(func(r rune) rune {
			if r != '\n' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar || strings.ContainsRune("\\`*_~[]<>#|&+-=", r) || unicode.IsSpace(r) && r != ' ' && r != '\n' {
				return -1
			}
			return r
		}, text)
		text = regexp.MustCompile(`(?m)^ *\d{1,9}[.)](?: |$)`).ReplaceAllString(text, "")
		text = regexp.MustCompile(` *\n *`).ReplaceAllString(text, "\n")
		text = strings.Trim(regexp.MustCompile(`\n{3,}`).ReplaceAllString(text, "\n\n"), " \n")
		if regexp.MustCompile(`(?m)^\d{1,9}[.)](?: |$)`).MatchString(text) {
			return
		}
		if d := cmp.Diff(text, FromMarkdown(text)); d != "" {
			t.Error(d)
		}
	})
}

// seen returns what a browser would show of a text, and its code.
func seen(t *testing.T, md string) (visible string, codes []string) {
	t.Helper()
	source := []byte(md)
	doc := newParser(md).Parse(text.NewReader(source))
	var page bytes.Buffer
	r := renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(gohtml.NewRenderer(), 1000),
		util.Prioritized(extension.NewTableHTMLRenderer(), 500),
		util.Prioritized(extension.NewStrikethroughHTMLRenderer(), 500),
	))
	if err := r.Render(&page, source, doc); err != nil {
		t.Fatal(err)
	}
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && (n.Kind() == ast.KindFencedCodeBlock || n.Kind() == ast.KindCodeBlock) {
			var code strings.Builder
			for i := range n.Lines().Len() {
				at := n.Lines().At(i)
				code.Write(at.Value(source))
			}
			if s := strings.TrimSuffix(code.String(), "\n"); strings.TrimSpace(s) != "" {
				codes = append(codes, s)
			}
		}
		return ast.WalkContinue, nil
	})
	shown := regexp.MustCompile(`(?s)<!--.*?-->|<[^>]*>`).ReplaceAllString(page.String(), "")
	return html.UnescapeString(shown), codes
}

func letters(s string) map[rune]int {
	out := map[rune]int{}
	for _, r := range s {
		if (unicode.IsLetter(r) || unicode.IsNumber(r)) && r != unicode.ReplacementChar {
			out[r]++
		}
	}
	return out
}
