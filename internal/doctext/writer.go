package doctext

import (
	"errors"
	"strings"
	"unicode"
)

// errFull ends reading when there is enough text.
var errFull = errors.New("doctext: enough")

// writer collects text up to a limit and tidies it: at most one empty line, no spaces at the ends of lines, no
// characters that are not for reading.
type writer struct {
	b     strings.Builder
	left  int // characters
	space bool
	lines int // line breaks that wait
}

// add writes text. It returns errFull when the limit is reached.
func (w *writer) add(text string) error {
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\f' || r == '\v':
			if r != '\r' {
				w.lines++
			}
			w.space = false
			continue
		case unicode.IsSpace(r):
			w.space = true
			continue
		case unicode.IsControl(r) || r == '\ufeff' || r == unicode.ReplacementChar || r == '\u00ad':
			continue
		}
		if err := w.gap(); err != nil {
			return err
		}
		if err := w.put(r); err != nil {
			return err
		}
	}
	return nil
}

// gap writes the space or the line breaks that wait.
func (w *writer) gap() error {
	lines, space := min(w.lines, 2), w.space
	w.lines, w.space = 0, false
	if w.b.Len() == 0 {
		return nil
	}
	for range lines {
		if err := w.put('\n'); err != nil {
			return err
		}
	}
	if space && lines == 0 {
		return w.put(' ')
	}
	return nil
}

func (w *writer) put(r rune) error {
	if w.left <= 0 {
		return errFull
	}
	w.left--
	w.b.WriteRune(r)
	return nil
}

// String is the text so far.
func (w *writer) String() string { return strings.TrimSpace(w.b.String()) }
