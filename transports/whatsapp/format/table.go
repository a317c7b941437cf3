package format

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
)

// A telephone shows about this many characters of one width in a line.
const maxColumns = 30

// table writes a table: as code with aligned columns if it fits on a telephone, else as a title and "key: value"
// lines for each row.
func (w *blocks) table(t *extast.Table) {
	rows := w.rows(t)
	if text, ok := aligned(rows, t.Alignments); ok {
		w.bare(fence + "\n" + text + "\n" + fence)
		return
	}
	if len(rows) == 1 {
		w.pair("", w.markup(joined(rows[0])))
		return
	}
	heads := rows[0]
	if len(heads) <= 2 {
		w.short(rows)
		return
	}
	for i, row := range rows[1:] {
		w.gap = w.gap || i > 0
		w.pair("", w.markup(emphasised(keyed(heads[0], row[0]))))
		for k := 1; k < len(row); k++ {
			w.pair("- ", w.markup(keyed(heads[k], row[k])))
		}
	}
}

// short writes a table of one or two columns as a list.
func (w *blocks) short(rows [][][]run) {
	if head := joined(rows[0]); len(head) > 0 {
		w.pair("", w.markup(bolder(head)))
	}
	for _, row := range rows[1:] {
		if len(row) == 1 {
			w.pair("- ", w.markup(row[0]))
		} else {
			w.pair("- ", w.markup(keyed(emphasised(row[0]), row[1])))
		}
	}
}

func (w *blocks) pair(mark, text string) {
	if text = strings.TrimSpace(strings.ReplaceAll(text, "\n", " ")); text != "" {
		w.line(mark + text)
	}
}

// keyed is "key: value", or the one of the two that there is.
func keyed(key, value []run) []run {
	if len(key) == 0 || len(value) == 0 {
		return append(append([]run{}, key...), value...)
	}
	return append(append(append([]run{}, key...), run{text: ": "}), value...)
}

// joined is all cells of a row, "a: b: c".
func joined(row [][]run) (out []run) {
	for _, cell := range row {
		out = keyed(out, cell)
	}
	return out
}

func emphasised(cell []run) []run { return bolder(append([]run{}, cell...)) }

func bolder(runs []run) []run {
	for i := range runs {
		if !runs[i].whole {
			runs[i].style |= bold
		}
	}
	return runs
}

// rows returns the cells of a table, the header first; each row has as many as the header.
func (w *blocks) rows(t *extast.Table) (rows [][][]run) {
	for r := t.FirstChild(); r != nil; r = r.NextSibling() {
		var row [][]run
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			row = append(row, inlines(w.source, ast.Node(c), 0))
		}
		for len(row) < len(t.Alignments) {
			row = append(row, nil)
		}
		rows = append(rows, row)
	}
	return rows
}

// aligned writes a small table of plain Latin text as columns. It reports false if the table is not one: other
// scripts and emoji have no fixed width, and links and code would be lost.
func aligned(rows [][][]run, alignments []extast.Alignment) (string, bool) {
	widths := make([]int, len(alignments))
	for _, row := range rows {
		for k, cell := range row {
			for _, r := range cell {
				if r.whole || strings.ContainsFunc(r.text, func(c rune) bool { return c > '\u024f' && c != '€' && c != '–' || c < ' ' || c == '`' }) {
					return "", false
				}
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(plain(cell)))
		}
	}
	total := -2
	for _, n := range widths {
		total += n + 2
	}
	if total > maxColumns || len(rows) < 2 {
		return "", false
	}
	var lines []string
	for _, row := range rows {
		var b strings.Builder
		for k, cell := range row {
			text := plain(cell)
			pad := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(text))
			if alignments[k] == extast.AlignRight {
				b.WriteString(pad + text)
			} else {
				b.WriteString(text + pad)
			}
			b.WriteString("  ")
		}
		lines = append(lines, strings.TrimRight(b.String(), " "))
	}
	return strings.Join(lines, "\n"), true
}
