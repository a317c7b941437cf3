package doctext

import (
	"bytes"
	"context"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// looked is how much of a file decides whether it is text.
const looked = 64 << 10

var (
	utf8Mark  = []byte("\xef\xbb\xbf")
	utf16Low  = []byte("\xff\xfe")
	utf16High = []byte("\xfe\xff")
)

// plainText reports whether a file is text rather than anything else: it has no characters that text does not have.
func plainText(data []byte) bool {
	if bytes.HasPrefix(data, utf16Low) || bytes.HasPrefix(data, utf16High) {
		return true
	}
	odd := 0
	data = data[:min(len(data), looked)]
	for _, c := range data {
		if c == 0 {
			return false
		}
		if c < 32 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 27 {
			odd++
		}
	}
	return odd*100 <= len(data) && (validStart(data) || latin(data))
}

// validStart reports whether a beginning is UTF-8, be it cut within a character.
func validStart(data []byte) bool {
	for range utf8.UTFMax {
		if utf8.Valid(data) {
			return true
		}
		if len(data) > 0 {
			data = data[:len(data)-1]
		}
	}
	return false
}

// latin reports whether bytes could be text in the old encoding of Western Europe: mostly ASCII.
func latin(data []byte) bool {
	high := 0
	for _, c := range data {
		if c >= 128 {
			high++
		}
	}
	return high*3 < len(data)
}

// decode makes UTF-8 of text in the encodings that are met.
func decode(data []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(data, utf8Mark):
		return data[len(utf8Mark):], nil
	case bytes.HasPrefix(data, utf16Low), bytes.HasPrefix(data, utf16High):
		out, _, err := transform.Bytes(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder(), data)
		return out, err
	case utf8.Valid(data):
		return data, nil
	}
	return charmap.Windows1252.NewDecoder().Bytes(data)
}

// readPlain reads text, Markdown, CSV, JSON and the like: as they are, for their layout says something.
func readPlain(_ context.Context, data []byte, out *writer) error {
	// What is needed of a long file is its beginning; a character has at most 4 bytes.
	data = data[:min(len(data), 4*out.left+looked)]
	text, err := decode(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out.addLayout(string(text))
}
