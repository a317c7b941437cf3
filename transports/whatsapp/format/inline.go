package format

import (
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// inline collects the runs of a paragraph.
type inline struct {
	source []byte
	runs   []run
	tags   tagState
	inLink bool
}

// inlines returns the runs of all that a block holds, in a style.
func inlines(source []byte, block ast.Node, s style) []run {
	in := inline{source: source}
	in.children(block, s)
	in.tags.closeLinks(&in)
	return in.runs
}

func (in *inline) children(n ast.Node, s style) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		in.node(c, s)
	}
}

func (in *inline) node(n ast.Node, s style) {
	switch n := n.(type) {
	case *ast.Text:
		text := string(n.Segment.Value(in.source))
		if !n.IsRaw() {
			text = unescape(text)
		}
		in.text(text, s)
		if n.SoftLineBreak() || n.HardLineBreak() {
			in.breakLine()
		}
	case *ast.String:
		in.text(string(n.Value), s)
	case *ast.Emphasis:
		in.emphasis(n, s)
	case *extast.Strikethrough:
		in.children(n, s|strike)
	case *ast.CodeSpan:
		in.code(n)
	case *ast.AutoLink:
		in.address(string(n.Label(in.source)))
	case *ast.Link:
		from := len(in.runs)
		outer := in.inLink
		in.inLink = true
		in.children(n, s)
		in.inLink = outer
		if !noteReference(n) {
			in.link(from, unescape(string(n.Destination)))
		} else {
			in.runs = append(in.runs[:from:from], run{text: "[" + noteLabel(n.Reference.Value) + "]"})
		}
	case *ast.Image:
		from := len(in.runs)
		in.children(n, s)
		if !in.inLink {
			in.link(from, unescape(string(n.Destination)))
		}
	case *ast.RawHTML:
		var tag strings.Builder
		for i := range n.Segments.Len() {
			at := n.Segments.At(i)
			tag.Write(at.Value(in.source))
		}
		in.tag(tag.String(), s)
	default:
		in.children(n, s)
	}
}

func (in *inline) text(text string, s style) {
	if text != "" {
		in.runs = append(in.runs, run{text: text, style: s | in.tags.style()})
	}
}

func (in *inline) whole(text string) {
	in.runs = append(in.runs, run{text: text, whole: true})
}

// breakLine begins a new line unless one was just begun.
func (in *inline) breakLine() {
	if n := len(in.runs); n > 0 && !(strings.HasSuffix(in.runs[n-1].text, "\n") && !in.runs[n-1].whole) {
		in.runs = append(in.runs, run{text: "\n"})
	}
}

// emphasis writes an emphasised text, but leaves marks with nothing but punctuation between them, as in *.*, alone.
func (in *inline) emphasis(n *ast.Emphasis, s style) {
	mark := byte('*')
	if at := n.Pos(); at >= 0 && at < len(in.source) && in.source[at] == '_' {
		mark = '_'
	}
	from := len(in.runs)
	inner := s | italic
	if n.Level > 1 {
		inner = s | bold
	}
	in.children(n, inner)
	if strings.IndexFunc(plain(in.runs[from:]), func(r rune) bool { return !punctuation(r) && !invisible(r) }) >= 0 {
		return
	}
	marks := run{text: strings.Repeat(string(mark), n.Level), style: s}
	inside := append([]run{marks}, in.runs[from:]...)
	for i := range inside {
		inside[i].style = s
	}
	in.runs = append(append(in.runs[:from:from], inside...), marks)
}

// code writes inline code. WhatsApp ends it at the first backtick, so code with backticks gets three around it, and
// code with three of them none.
func (in *inline) code(n *ast.CodeSpan) {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.WriteString(strings.ReplaceAll(string(t.Segment.Value(in.source)), "\n", " "))
		}
	}
	code := b.String()
	switch {
	case strings.Contains(code, fence) || strings.HasPrefix(code, "`") || strings.HasSuffix(code, "`"):
		in.whole(code)
	case strings.Contains(code, "`"):
		in.whole(fence + code + fence)
	default:
		in.whole("`" + code + "`")
	}
}

// address writes a bare web or mail address. The parser has left the scheme of some in the text before.
func (in *inline) address(label string) {
	if n := len(in.runs); strings.HasPrefix(label, "://") && n > 0 {
		last := &in.runs[n-1]
		scheme := schemeBefore([]byte(last.text))
		last.text = last.text[:len(last.text)-len(scheme)]
		label = scheme + label
	}
	in.whole(label)
}

// link writes the address of a link behind its text, which are the runs from a place on, or instead of it if it says
// no more.
func (in *inline) link(from int, address string) {
	text := strings.TrimSpace(plain(in.runs[from:]))
	address = shown(address)
	switch {
	case address == "":
	case text == "" || sameLink(text, address):
		in.runs = in.runs[:from:from]
		if len(text) > len(address) {
			address = text
		}
		in.whole(address)
	default:
		in.runs = append(in.runs, run{text: " ("})
		in.whole(address)
		in.runs = append(in.runs, run{text: ")"})
	}
}

// plain is the text of runs.
func plain(runs []run) string {
	if len(runs) == 1 {
		return runs[0].text
	}
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.text)
	}
	return b.String()
}

// noteReference reports whether a link is the mark of a source, such as [1], whose address stands at the end of the
// text.
func noteReference(n *ast.Link) bool {
	return n.Reference != nil && n.Reference.Type != ast.ReferenceLinkFull && noteLabel(n.Reference.Value) != ""
}

// noteLabel returns the number of a footnote or source, "" if the label of a link is none.
func noteLabel(label []byte) string {
	s := strings.TrimPrefix(string(label), "^")
	if s == "" || strings.Trim(s, "0123456789") != "" && s == string(label) {
		return ""
	}
	return s
}
