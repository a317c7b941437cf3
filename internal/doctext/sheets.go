package doctext

import (
	"archive/zip"
	"context"
	"encoding/xml"
	"strconv"
	"strings"
)

// maxShared bounds the table of texts that the cells of a workbook point to, in bytes.
const maxShared = 8 << 20

// readSheets reads a workbook of Excel: a line for each row, with tabs between cells.
func readSheets(ctx context.Context, out *writer, files map[string]*zip.File) error {
	var shared []string
	if f := files["xl/sharedStrings.xml"]; f != nil {
		var entry strings.Builder
		err := walk(ctx, f, maxShared, func(token xml.Token, in string) error {
			switch t := token.(type) {
			case xml.CharData:
				if in == "t" {
					entry.Write(t)
				}
			case xml.EndElement:
				if t.Name.Local == "si" {
					shared = append(shared, entry.String())
					entry.Reset()
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	for _, f := range numbered(files, "xl/worksheets/sheet") {
		s := sheet{out: out, shared: shared}
		if err := walk(ctx, f, maxUnpacked, s.visit); err != nil {
			return err
		}
		out.lines += 2
	}
	return nil
}

// sheet reads one page of a workbook.
type sheet struct {
	out    *writer
	shared []string
	kind   string // of the cell
	value  strings.Builder
	filled bool // the row has a cell
}

func (s *sheet) visit(token xml.Token, in string) error {
	switch t := token.(type) {
	case xml.StartElement:
		if t.Name.Local == "c" {
			s.kind = ""
			for _, a := range t.Attr {
				if a.Name.Local == "t" {
					s.kind = a.Value
				}
			}
			s.value.Reset()
		}
	case xml.CharData:
		if in == "v" || in == "t" {
			s.value.Write(t)
		}
	case xml.EndElement:
		switch t.Name.Local {
		case "c":
			return s.cell()
		case "row":
			s.out.lines++
			s.filled = false
		}
	}
	return nil
}

func (s *sheet) cell() error {
	text := s.value.String()
	if s.kind == "s" {
		i, err := strconv.Atoi(text)
		if err != nil || i < 0 || i >= len(s.shared) {
			return nil
		}
		text = s.shared[i]
	}
	if s.filled {
		if err := s.out.gap(); err != nil {
			return err
		}
		if err := s.out.put('\t'); err != nil {
			return err
		}
	}
	s.filled = true
	return s.out.add(strings.ReplaceAll(text, "\n", " "))
}
