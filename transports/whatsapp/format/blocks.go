package format

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

const (
	fence = "```"
	rule  = "———"

	// Deeper lists are not indented further, as a telephone has no room.
	maxIndent = 12
)

// blocks writes the blocks of a document, line by line.
type blocks struct {
	source []byte
	used   map[string]bool // definitions of links whose addresses stand in the text
	out    strings.Builder

	prefix string // of each line, such as "> " in a quote
	first  string // of the next line instead, such as "> 1. "
	marked bool   // first counts
	quoted bool
	italic bool // all of it is to be
	gap    bool // a blank line comes before the next line
}

func (w *blocks) children(n ast.Node) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		w.block(c)
	}
}

func (w *blocks) block(n ast.Node) {
	if w.apart(n) {
		w.gap = true
	}
	switch n := n.(type) {
	case *ast.Heading:
		w.lines(w.markup(inlines(w.source, n, bold)))
	case *ast.Paragraph, *ast.TextBlock:
		w.lines(w.markup(inlines(w.source, n, 0)))
	case *ast.ThematicBreak:
		w.line(rule)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		w.code(n)
	case *ast.Blockquote:
		w.quote(n)
	case *ast.List:
		w.list(n)
	case *ast.LinkReferenceDefinition:
		w.definition(n)
	case *extast.Table:
		w.gap = true
		w.table(n)
		w.gap = true
	default:
		w.children(n)
	}
}

// apart reports whether there is a blank line before a block. The parser says so of all that follow code, too.
func (w *blocks) apart(n ast.Node) bool {
	at := n.Pos()
	if !n.HasBlankPreviousLines() || at < 0 || at > len(w.source) {
		return n.HasBlankPreviousLines()
	}
	above := w.source[:1+bytes.LastIndexByte(w.source[:at], '\n')]
	above = bytes.TrimSuffix(above, []byte("\n"))
	above = above[1+bytes.LastIndexByte(above, '\n'):]
	return len(bytes.Trim(above, "> \t")) == 0
}

// lines writes lines and drops what white space is around them.
func (w *blocks) lines(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.Trim(line, " \t"); line == "" {
			w.gap = true
		} else {
			w.line(line)
		}
	}
}

func (w *blocks) line(line string) {
	w.begin()
	if w.marked {
		w.out.WriteString(w.first)
		w.marked = false
	} else {
		w.out.WriteString(w.prefix)
	}
	w.out.WriteString(line)
}

// begin begins a line.
func (w *blocks) begin() {
	if w.out.Len() > 0 {
		w.out.WriteByte('\n')
		if w.gap {
			w.out.WriteByte('\n')
		}
	}
	w.gap = false
}

// bare writes a line without what it is in, such as the indent of a list, as lines of code must not change.
func (w *blocks) bare(line string) {
	w.flush()
	w.begin()
	w.out.WriteString(line)
}

// flush writes the mark of a list item that has no text behind it.
func (w *blocks) flush() {
	if w.marked {
		w.begin()
		w.out.WriteString(strings.TrimRight(w.first, " "))
		w.marked = false
	}
}

// code writes a block of code. WhatsApp shows no language and ends the code at the next three backticks, so code
// that has them goes without a fence.
func (w *blocks) code(n ast.Node) {
	var b bytes.Buffer
	for i := range n.Lines().Len() {
		at := n.Lines().At(i)
		b.Write(at.Value(w.source))
	}
	code := strings.TrimSuffix(b.String(), "\n")
	switch {
	case strings.TrimSpace(code) == "":
	case strings.Contains(code, fence):
		w.bare(code)
	default:
		w.bare(fence + "\n" + code + "\n" + fence)
	}
}

// quote writes a quote. WhatsApp has one level of them.
func (w *blocks) quote(n ast.Node) {
	if w.quoted {
		w.children(n)
		return
	}
	prefix := w.prefix
	if !w.marked {
		w.first = prefix
	}
	w.first += "> "
	w.prefix += "> "
	w.marked, w.quoted = true, true
	gap := w.gap
	w.children(n)
	if w.marked { // nothing was in it
		w.gap = gap
	}
	w.marked, w.quoted = false, false
	w.prefix = prefix
}

func (w *blocks) list(n *ast.List) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		if w.apart(item) {
			w.gap = true
		}
		mark := "- "
		if n.IsOrdered() {
			mark = strconv.Itoa(number) + ". "
			number++
		} else if n.Marker == '+' && startsWithDigit(item, w.source) {
			mark = "+ " // rather a sum than a list
		}
		prefix := w.prefix
		if !w.marked {
			w.first = prefix
		}
		w.first += mark
		w.marked = true
		if len(prefix)+len(mark) <= maxIndent {
			w.prefix += strings.Repeat(" ", len(mark))
		}
		w.children(item)
		w.flush()
		w.prefix = prefix
	}
}

func startsWithDigit(item ast.Node, source []byte) bool {
	c := item.FirstChild()
	if c == nil || c.Type() != ast.TypeBlock || c.Lines().Len() == 0 {
		return false
	}
	at := c.Lines().At(0)
	line := at.Value(source)
	return len(line) > 0 && '0' <= line[0] && line[0] <= '9'
}

// definition writes the address of a link that is not in the text already: a source that the text refers to by
// number, or one that it does not refer to.
func (w *blocks) definition(n *ast.LinkReferenceDefinition) {
	if w.used[util.ToLinkReference(n.Label)] {
		return
	}
	label := noteLabel(n.Label)
	if label == "" {
		label = string(n.Label)
	}
	line := "[" + label + "]: " + unescape(string(n.Destination))
	if len(n.Title) > 0 {
		line += " " + strings.Join(strings.Fields(unescape(string(n.Title))), " ")
	}
	w.line(line)
}

// usedDefinitions returns the labels of the definitions whose addresses stand in the text.
func usedDefinitions(doc ast.Node) map[string]bool {
	used := map[string]bool{}
	var walk func(n ast.Node)
	walk = func(n ast.Node) {
		switch n := n.(type) {
		case *ast.Link:
			if n.Reference != nil && !noteReference(n) {
				used[util.ToLinkReference(n.Reference.Value)] = true
			}
		case *ast.Image:
			if n.Reference != nil {
				used[util.ToLinkReference(n.Reference.Value)] = true
			}
		}
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			walk(c)
		}
	}
	walk(doc)
	return used
}
