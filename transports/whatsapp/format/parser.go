package format

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// newParser returns a parser of CommonMark with tables and ~~strike~~, which differs in what people and models mean
// by a text: marks inside words and formulas are no marks, marks between Chinese characters are, a bare address is a
// link whose characters mean nothing else, and HTML is read inside paragraphs only, so that Markdown within HTML
// counts. A parser must not be used by two at once.
func newParser() parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(underlined{parser.NewSetextHeadingParser()}, 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(parser.NewListParser(), 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(parser.NewBlockquoteParser(), 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(noteParser{}, 150),
			util.Prioritized(parser.NewLinkParser(), 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(addressParser{}, 450),
			util.Prioritized(&markParser{}, 500),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(extension.NewTableParagraphTransformer(), 200),
		),
		parser.WithASTTransformers(util.Prioritized(extension.NewTableASTTransformer(), 0)),
	)
}

// underlined reads a line with a line of === or --- below it as a heading. Fewer than three of them, or a whole
// paragraph above, is more likely a signature or a rule.
type underlined struct{ parser.BlockParser }

func (u underlined) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, _ := reader.PeekLine()
	above := pc.LastOpenedBlock().Node
	if len(bytes.TrimSpace(line)) < 3 || above == nil || above.Lines().Len() != 1 {
		return nil, parser.NoChildren
	}
	return u.BlockParser.Open(parent, reader, pc)
}

// noteParser reads the mark of a footnote, [^1], as [1].
type noteParser struct{}

func (noteParser) Trigger() []byte { return []byte{'['} }

func (noteParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if len(line) < 4 || line[1] != '^' {
		return nil
	}
	end := 2
	for end < len(line) && '0' <= line[end] && line[end] <= '9' {
		end++
	}
	if end == 2 || end == len(line) || line[end] != ']' {
		return nil
	}
	block.Advance(end + 1)
	s := ast.NewString([]byte("[" + string(line[2:end]) + "]"))
	s.SetRaw(true)
	return s
}

// addressParser keeps bare web addresses from being read as markup. Inline parsers are only asked at punctuation, so
// the address is taken from its colon on; see inline.address.
type addressParser struct{}

func (addressParser) Trigger() []byte { return []byte{':'} }

func (addressParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, at := block.PeekLine()
	scheme := schemeBefore(block.Source()[:at.Start])
	if scheme == "" || at.Padding != 0 {
		return nil
	}
	length := linkLength(scheme+string(line)) - len(scheme)
	if length <= 0 {
		return nil
	}
	block.Advance(length)
	return ast.NewAutoLink(ast.AutoLinkURL, ast.NewTextSegment(at.WithStop(at.Start+length)))
}

// schemeBefore returns the http or https that a text ends with.
func schemeBefore(source []byte) string {
	for _, scheme := range []string{"https", "http"} {
		if n := len(source) - len(scheme); n >= 0 && bytes.EqualFold(source[n:], []byte(scheme)) {
			if n == 0 || !alnum(source[n-1]) {
				return string(source[n:])
			}
		}
	}
	return ""
}
