package doctext

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/ledongthuc/pdf"
)

// mendTime is how long it may take to mend a PDF and to read it then. What was read before that is not lost.
const mendTime = childWork * 3 / 4

// pdfText finds the text in a PDF, at most limit characters. One that cannot be read as it is is mended first, as most
// programs do. It may take any time and any memory: it is for a process of its own.
func pdfText(data []byte, limit int) (string, error) {
	if i := bytes.Index(data[:min(len(data), 1024)], []byte("%PDF-")); i > 0 {
		data = data[i:]
	}
	out := &writer{left: limit}
	err := pagesText(data, out)
	if err == nil || errors.Is(err, errFull) {
		return out.String(), err
	}
	type result struct {
		text string
		err  error
	}
	mending := make(chan result, 1)
	go func() { // ends with the process at the latest
		again := &writer{left: limit}
		mended, err := mendPDF(data, errors.Is(err, ErrProtected))
		if err == nil {
			err = pagesText(mended, again)
		}
		mending <- result{again.String(), err}
	}()
	select {
	case r := <-mending:
		if r.err == nil || len(r.text) > len(out.String()) || errors.Is(r.err, ErrProtected) {
			return r.text, r.err
		}
	case <-time.After(mendTime):
	}
	return out.String(), err
}

// pagesText reads the pages of a PDF, one after the other.
func pagesText(data []byte, out *writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, v)
		}
	}()
	file, err := pdf.NewReader(bytes.NewReader(data), int64(len(data)))
	if errors.Is(err, pdf.ErrInvalidPassword) || err != nil && strings.Contains(err.Error(), "encrypt") {
		return ErrProtected
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	var last error
	for n := range file.NumPage() {
		err := pageText(file.Page(n+1), out)
		if errors.Is(err, errFull) {
			return err
		}
		if err != nil {
			last = err // the other pages may be good
		}
		out.lines += 2
	}
	return last
}

// page follows the text of one page.
type page struct {
	out      *writer
	fonts    map[string]pdf.TextEncoding
	font     pdf.TextEncoding
	x, y     float64 // where the line begins
	shown    float64 // where the last text was, up and down
	full     bool
	resource pdf.Page
}

func pageText(p pdf.Page, out *writer) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, v)
		}
	}()
	content := p.V.Key("Contents")
	if content.IsNull() {
		return nil
	}
	t := &page{out: out, fonts: make(map[string]pdf.TextEncoding), resource: p}
	pdf.Interpret(content, t.do)
	if t.full {
		return errFull
	}
	return nil
}

// do carries out one operator of a page's content, as far as it concerns text.
func (t *page) do(stack *pdf.Stack, op string) {
	args := make([]pdf.Value, stack.Len())
	for i := len(args) - 1; i >= 0; i-- {
		args[i] = stack.Pop()
	}
	if t.full {
		return
	}
	number := func(i int) float64 {
		if i < len(args) {
			return args[i].Float64()
		}
		return 0
	}
	switch op {
	case "BT":
		t.x, t.y = 0, 0
		t.out.space = true
	case "ET":
		t.out.space = true
	case "Tf":
		if len(args) > 0 {
			t.use(args[0].Name())
		}
	case "Td", "TD":
		t.move(t.x+number(0), t.y+number(1))
	case "Tm":
		t.move(number(4), number(5))
	case "T*":
		t.out.lines++
	case "'", `"`:
		t.out.lines++
		t.show(args[max(0, len(args)-1):])
	case "Tj":
		t.show(args)
	case "TJ":
		if len(args) > 0 {
			t.kerned(args[0])
		}
	}
}

// move goes to another place: a new line if it is higher or lower, else a new word.
func (t *page) move(x, y float64) {
	t.x, t.y = x, y
	t.out.space = true
}

// arrive breaks the line before text that stands higher or lower than the last.
func (t *page) arrive() {
	switch gap := math.Abs(t.y - t.shown); {
	case gap > 30:
		t.out.lines = max(t.out.lines, 2)
	case gap > 2:
		t.out.lines = max(t.out.lines, 1)
	}
	t.shown = t.y
}

// use chooses a font, which says what the bytes of strings mean.
func (t *page) use(name string) {
	e, ok := t.fonts[name]
	if !ok {
		f := t.resource.Font(name)
		e = f.Encoder()
		t.fonts[name] = e
	}
	t.font = e
}

func (t *page) show(args []pdf.Value) {
	for _, a := range args {
		t.write(a.RawString())
	}
}

// wordGap is how far apart two words are at least, in thousandths of the size of the letters.
const wordGap = 180

// kerned writes strings with gaps between them; a wide one is a space.
func (t *page) kerned(list pdf.Value) {
	for i := range list.Len() {
		switch v := list.Index(i); v.Kind() {
		case pdf.String:
			t.write(v.RawString())
		case pdf.Integer, pdf.Real:
			if v.Float64() < -wordGap {
				t.out.space = true
			}
		}
	}
}

func (t *page) write(raw string) {
	t.arrive()
	text := raw
	if t.font != nil {
		text = t.font.Decode(raw)
	}
	if t.out.add(text) != nil {
		t.full = true
	}
}
