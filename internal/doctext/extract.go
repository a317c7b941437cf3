package doctext

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
)

// Text is what a document says.
type Text struct {
	Text string
	More bool // it goes on, and was cut at the limit
}

// format reads one kind of document into the writer, until that is full.
type format func(ctx context.Context, data []byte, out *writer) error

// Extract returns the text of a document, at most limit characters. Name and mimeType are what the sender says, and may
// be empty.
func Extract(ctx context.Context, data []byte, name, mimeType string, limit int) (Text, error) {
	read, err := formatOf(data, name, mimeType)
	if err != nil {
		return Text{}, err
	}
	out := &writer{left: limit}
	err = read(ctx, data, out)
	text := out.String()
	switch {
	case errors.Is(err, errFull), err == nil && text != "", err != nil && ctx.Err() == nil && !errors.Is(err, ErrProtected) && text != "":
		// What could be read of a damaged document is better than nothing.
		return Text{Text: text, More: err != nil}, nil
	case err != nil && ctx.Err() != nil:
		return Text{}, fmt.Errorf("%w: %w", ErrTooMuch, context.Cause(ctx))
	case err != nil:
		return Text{}, err
	}
	return Text{}, ErrNoText
}

// formatOf finds out how to read a document.
func formatOf(data []byte, name, mimeType string) (format, error) {
	extension := strings.ToLower(path.Ext(name))
	mimeType, _, _ = strings.Cut(strings.ToLower(mimeType), ";")
	beginning := data[:min(len(data), 1024)]
	switch {
	case bytes.Contains(beginning, []byte("%PDF-")):
		return readPDF, nil
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return readPackage, nil
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")): // the container of old office programs
		if strings.HasSuffix(extension, "x") || strings.Contains(mimeType, "openxml") {
			return nil, fmt.Errorf("%w: it is an encrypted %s", ErrProtected, extension)
		}
		return nil, fmt.Errorf("%w: it is of an office program of before 2007", ErrUnknown)
	case bytes.HasPrefix(data, []byte(`{\rtf`)):
		return nil, fmt.Errorf("%w: RTF", ErrUnknown)
	case mimeType == "application/pdf", extension == ".pdf", strings.Contains(mimeType, "openxml"), extension == ".docx":
		return nil, fmt.Errorf("%w: it begins with %q", ErrDamaged, beginning[:min(len(beginning), 8)])
	case !plainText(data):
		return nil, fmt.Errorf("%w: %s", ErrUnknown, http.DetectContentType(data))
	case mimeType == "text/html", mimeType == "application/xhtml+xml", extension == ".html", extension == ".htm", extension == ".xhtml",
		strings.HasPrefix(http.DetectContentType(data), "text/html"):
		return readHTML, nil
	}
	return readPlain, nil
}
