package format

import (
	"bytes"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// The parser looks for the end of a link from each of its beginnings on. What follows this many brackets in one
// paragraph stays as it was written.
const maxBrackets = 500

// linkParser reads [links](url) and ![images](url).
type linkParser struct {
	links    parser.InlineParser
	brackets int // so far in this paragraph
}

func (p *linkParser) Trigger() []byte { return p.links.Trigger() }

func (p *linkParser) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if line, _ := block.PeekLine(); line[0] != ']' {
		if p.brackets >= maxBrackets {
			return nil
		}
		if bytes.IndexByte(line[:min(2, len(line))], '[') >= 0 {
			p.brackets++
		}
	}
	return p.links.Parse(parent, block, pc)
}

// CloseBlock ends a paragraph.
func (p *linkParser) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	p.brackets = 0
	if c, ok := p.links.(parser.CloseBlocker); ok {
		c.CloseBlock(parent, block, pc)
	}
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
type addressParser struct{ md string }

func (addressParser) Trigger() []byte { return []byte{':'} }

func (p addressParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, at := block.PeekLine()
	scheme := schemeBefore(block.Source()[:at.Start])
	if scheme == "" || at.Padding != 0 {
		return nil
	}
	length := linkLength(p.md[at.Start-len(scheme):min(at.Start+len(line), len(p.md))]) - len(scheme)
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
