package doctext

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxUnpacked is how much is unpacked of one part of a package, in bytes.
	maxUnpacked = 8 << 20
	// maxParts is how many parts of a package are read, such as slides.
	maxParts = 2000
	// maxDepth is how deep elements may be within each other.
	maxDepth = 1000
)

// readPackage reads the documents of office programs, which are ZIP archives of XML.
func readPackage(ctx context.Context, data []byte, out *writer) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	files := make(map[string]*zip.File, len(archive.File))
	for _, f := range archive.File {
		files[f.Name] = f
	}
	switch {
	case files["word/document.xml"] != nil:
		return readParts(ctx, out, files["word/document.xml"])
	case files["ppt/presentation.xml"] != nil:
		return readParts(ctx, out, numbered(files, "ppt/slides/slide")...)
	case files["xl/workbook.xml"] != nil:
		return readSheets(ctx, out, files)
	case files["content.xml"] != nil && files["META-INF/manifest.xml"] != nil:
		return readParts(ctx, out, files["content.xml"])
	}
	return fmt.Errorf("%w: an archive", ErrUnknown)
}

// numbered returns the parts that are called so, with a number, in the order of their numbers.
func numbered(files map[string]*zip.File, prefix string) (parts []*zip.File) {
	number := func(f *zip.File) int {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(f.Name, prefix), ".xml"))
		if err != nil {
			return -1
		}
		return n
	}
	for name, f := range files {
		if strings.HasPrefix(name, prefix) && path.Ext(name) == ".xml" && number(f) >= 0 {
			parts = append(parts, f)
		}
	}
	slices.SortFunc(parts, func(a, b *zip.File) int { return cmp.Compare(number(a), number(b)) })
	return parts[:min(len(parts), maxParts)]
}

// readParts reads the text of XML parts, one after the other.
func readParts(ctx context.Context, out *writer, parts ...*zip.File) error {
	for _, f := range parts {
		if err := walk(ctx, f, maxUnpacked, out.officeText); err != nil {
			return err
		}
		out.lines += 2
	}
	return nil
}

// officeText writes what an element of a text or a slide says. The names are those of Word and PowerPoint (t, tab, br, p,
// tc) and of OpenDocument (p, h, span, a, s, tab, line-break, table-cell), without their prefixes.
func (w *writer) officeText(token xml.Token, in string) error {
	switch t := token.(type) {
	case xml.CharData:
		switch in {
		case "t", "p", "h", "span", "a":
			return w.add(string(t))
		}
	case xml.StartElement:
		switch t.Name.Local {
		case "tab", "s", "tc", "table-cell":
			w.space = true
		case "br", "cr", "line-break":
			w.lines++
		}
	case xml.EndElement:
		if t.Name.Local == "p" || t.Name.Local == "h" {
			w.lines++
		}
	}
	return nil
}

// patient is a reader until ctx ends: a part may be one text without an end.
type patient struct {
	ctx context.Context
	r   io.Reader
}

// Read reads, unless it is too late.
func (p patient) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.r.Read(b)
}

// walk reads an XML part, at most so many bytes of it. It calls visit with what stands there and the name of the element
// around it.
func walk(ctx context.Context, f *zip.File, limit int64, visit func(token xml.Token, in string) error) error {
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrDamaged, f.Name, err)
	}
	defer r.Close()
	d := xml.NewDecoder(io.LimitReader(patient{ctx, r}, limit))
	var around []string
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %s: %w", ErrDamaged, f.Name, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if around = append(around, t.Name.Local); len(around) > maxDepth {
				return fmt.Errorf("%w: %s: elements within elements without an end", ErrDamaged, f.Name)
			}
		case xml.EndElement:
			around = around[:max(0, len(around)-1)]
		}
		in := ""
		if len(around) > 0 {
			in = around[len(around)-1]
		}
		if err := visit(token, in); err != nil {
			return err
		}
	}
}
