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
// counts. The parser is for one text.
func newParser(md string) parser.Parser {
	return parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(underlined{parser.NewSetextHeadingParser()}, 100),
			util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(shallow{parser.NewListParser()}, 300),
			util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500),
			util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
			util.Prioritized(shallow{parser.NewBlockquoteParser()}, 800),
			util.Prioritized(parser.NewParagraphParser(), 1000),
		),
		parser.WithInlineParsers(
			util.Prioritized(parser.NewCodeSpanParser(), 100),
			util.Prioritized(noteParser{}, 150),
			util.Prioritized(&linkParser{links: parser.NewLinkParser()}, 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300),
			util.Prioritized(parser.NewRawHTMLParser(), 400),
			util.Prioritized(addressParser{md}, 450),
			util.Prioritized(&markParser{}, 500),
		),
		parser.WithParagraphTransformers(
			util.Prioritized(parser.LinkReferenceParagraphTransformer, 100),
			util.Prioritized(piped{extension.NewTableParagraphTransformer()}, 200),
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

// No person nests lists and quotes deeper, and no telephone shows it. The time for a line grows with its depth.
const maxDepth = 32

// shallow begins no block inside too many others; its mark is text there.
type shallow struct{ parser.BlockParser }

func (s shallow) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for p := parent; p != nil && depth <= maxDepth; p = p.Parent() {
		depth++
	}
	if depth > maxDepth {
		return nil, parser.NoChildren
	}
	return s.BlockParser.Open(parent, reader, pc)
}

// piped reads a table only if there is a | in the line below its head; a dash alone is none.
type piped struct{ parser.ParagraphTransformer }

func (p piped) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	for i := 1; i < node.Lines().Len(); i++ {
		at := node.Lines().At(i)
		line := at.Value(reader.Source())
		if len(bytes.Trim(line, "|:- \t\n")) == 0 && bytes.IndexByte(line, '-') >= 0 {
			if bytes.IndexByte(line, '|') >= 0 {
				p.ParagraphTransformer.Transform(node, reader, pc)
			}
			return
		}
	}
}
