package doctext

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// mendPDF writes a PDF anew that could not be read as it is: without the encryption, if it opens without a password, and
// with a new table of where its objects are. Encrypted says that it is known to be. Like pdfText it is for a process of its
// own.
func mendPDF(data []byte, encrypted bool) (mended []byte, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%w: %v", ErrDamaged, v)
		}
	}()
	model.ConfigPath = "disable" // else it makes a folder of settings
	doc, err := openPDF(data, encrypted)
	if err != nil && !errors.Is(err, ErrProtected) {
		if pointed, ok := pointToTable(data); ok {
			doc, err = openPDF(pointed, encrypted)
		}
	}
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	doc.Write.Writer = bufio.NewWriter(&out)
	if err := errors.Join(pdfcpu.WriteContext(doc), doc.Write.Flush()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out.Bytes(), nil
}

// openPDF reads what objects there are.
func openPDF(data []byte, encrypted bool) (*model.Context, error) {
	doc, err := pdfcpu.Read(bytes.NewReader(data), mending(model.DECRYPT))
	if errors.Is(err, pdfcpu.ErrNotEncrypted) && !encrypted { // it does not see all that are
		doc, err = pdfcpu.Read(bytes.NewReader(data), mending(model.DUMP))
	}
	switch {
	case errors.Is(err, pdfcpu.ErrWrongPassword), errors.Is(err, pdfcpu.ErrNotEncrypted):
		return nil, fmt.Errorf("%w: %w", ErrProtected, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if err := doc.EnsurePageCount(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return doc, nil
}

// mending is how a PDF is read: nothing is fetched, and what is written is as plain as can be.
func mending(command model.CommandMode) *model.Configuration {
	c := model.NewDefaultConfiguration()
	c.Cmd, c.Offline = command, true
	c.WriteObjectStream, c.WriteXRefStream = false, false
	return c
}

// tableStream is the beginning of the table of objects in the form that PDF 1.5 brought.
var tableStream = regexp.MustCompile(`\d+\s+\d+\s+obj\s*<<[^>]{0,500}/Type\s*/XRef\b`)

// pointToTable makes the end of a PDF point to the last of such tables, which no library here searches for.
func pointToTable(data []byte) ([]byte, bool) {
	all := tableStream.FindAllIndex(data, -1)
	if len(all) == 0 {
		return nil, false
	}
	end := "\nstartxref\n" + strconv.Itoa(all[len(all)-1][0]) + "\n%%EOF\n"
	return append(bytes.Clone(data), end...), true
}
