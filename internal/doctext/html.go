package doctext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxToken is the longest tag or piece of text that is read of a page, in bytes.
const maxToken = 1 << 20

// readHTML reads what a browser would show of a page.
func readHTML(ctx context.Context, data []byte, out *writer) error {
	text, err := decode(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	z := html.NewTokenizer(bytes.NewReader(text))
	z.SetMaxBuf(maxToken)
	hidden := atom.Atom(0) // the element whose content is not shown
	for ctx.Err() == nil {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return fmt.Errorf("%w: %w", ErrDamaged, err)
			}
			return nil
		case html.TextToken:
			if hidden != 0 {
				continue
			}
			if err := out.add(string(z.Text())); err != nil {
				return err
			}
		case html.StartTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if hidden == 0 && invisible(a) {
				hidden = a
			}
			breakAround(a, out)
		case html.EndTagToken:
			name, _ := z.TagName()
			a := atom.Lookup(name)
			if a == hidden {
				hidden = 0
			}
			breakAround(a, out)
		case html.SelfClosingTagToken:
			name, _ := z.TagName()
			breakAround(atom.Lookup(name), out)
		}
	}
	return ctx.Err()
}

func invisible(a atom.Atom) bool {
	switch a {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Svg, atom.Object, atom.Select:
		return true
	}
	return false
}

// breakAround separates what an element separates on a page.
func breakAround(a atom.Atom, out *writer) {
	switch a {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Ul, atom.Ol, atom.Title, atom.Pre, atom.Blockquote:
		out.lines = max(out.lines, 2)
	case atom.Br, atom.Div, atom.Li, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Hr, atom.Dt, atom.Dd, atom.Nav:
		out.lines = max(out.lines, 1)
	case atom.Td, atom.Th:
		out.space = true
	}
}
