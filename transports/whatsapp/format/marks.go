package format

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// The parser compares marks with marks, so that a paragraph of nothing but marks would take very long. What follows
// this many marks in one paragraph stays as it was written.
const maxMarks = 2000

// markParser reads the marks of **bold**, *italic*, _italic_, __bold__ and ~~strike~~. A single ~ means the same in
// WhatsApp and needs no reading.
type markParser struct {
	marks int // so far in this paragraph
}

func (*markParser) Trigger() []byte { return []byte{'*', '_', '~'} }

func (p *markParser) Parse(_ ast.Node, block text.Reader, pc parser.Context) ast.Node {
	before := block.PrecendingCharacter()
	line, segment := block.PeekLine()
	mark, length := line[0], 0
	for length < len(line) && line[length] == mark {
		length++
	}
	if mark == '~' && (length != 2 || before == '~') {
		return nil
	}
	if n := dunder(line); n > 0 {
		block.Advance(n)
		return ast.NewRawTextSegment(segment.WithStop(segment.Start + n))
	}
	after := ' '
	if length < len(line) {
		after, _ = utf8.DecodeRune(line[length:])
	}
	canOpen, canClose := flanks(mark, length, before, after)
	glob := length == 1 && mark == '*' && len(line) > 2 && line[1] == '.' && alnum(line[2]) // as in *.go
	if !canOpen && !canClose || glob || p.marks >= maxMarks {
		block.Advance(length)
		return ast.NewRawTextSegment(segment.WithStop(segment.Start + length))
	}
	p.marks++
	d := parser.NewDelimiter(canOpen, canClose, length, mark, pairing{mark})
	d.Segment = segment.WithStop(segment.Start + length)
	block.Advance(length)
	pc.PushDelimiter(d)
	return d
}

// CloseBlock ends a paragraph.
func (p *markParser) CloseBlock(ast.Node, text.Reader, parser.Context) { p.marks = 0 }

// flanks tells whether a run of marks may open or close a span between two runes. The rules are those of CommonMark
// with two changes: a mark inside a word of letters or digits is none, except that a word may go on behind two marks
// as in **Note**s; and beside scripts without spaces a mark may stand anywhere.
func flanks(mark byte, length int, before, after rune) (canOpen, canClose bool) {
	left := !unicode.IsSpace(after) && (!punct(after) || unicode.IsSpace(before) || punct(before) || unspaced(before))
	right := !unicode.IsSpace(before) && (!punct(before) || unicode.IsSpace(after) || punct(after) || unspaced(after))
	if mark == '_' {
		return left && (!right || punct(before)), right && (!left || punct(after))
	}
	goesOn := length > 1 && unicode.IsLetter(after)
	return left && !inWord(before), right && (!inWord(after) || goesOn)
}

// pairing tells the parser what a pair of marks stands for.
type pairing struct{ mark byte }

func (p pairing) IsDelimiter(b byte) bool { return b == p.mark }

func (pairing) CanOpenCloser(opener, closer *parser.Delimiter) bool {
	return opener.Char == closer.Char
}

func (p pairing) OnMatch(marks int) ast.Node {
	if p.mark == '~' {
		return extast.NewStrikethrough()
	}
	return ast.NewEmphasis(marks)
}

// dunders are the names with two underscores on both sides that are more often written than bold words are.
const dunders = " all author call class contains del dict doc enter eq exit file future getattr getitem hash init iter " +
	"len main module name new next path post_init pycache repr setattr setitem slots str version "

// dunder returns the length of a name such as __init__ at the beginning of a line, 0 if there is none. A name that a
// bracket or a dot and more of the path follow is one in any case.
func dunder(line []byte) int {
	rest, ok := strings.CutPrefix(string(line[:min(len(line), 40)]), "__")
	if !ok {
		return 0
	}
	name, rest, ok := strings.Cut(rest, "__")
	if !ok || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return 0
	}
	called := strings.HasPrefix(rest, "(") || len(rest) > 1 && rest[0] == '.' && alnum(rest[1])
	if !called && !strings.Contains(dunders, " "+name+" ") {
		return 0
	}
	return len(name) + 4
}
