package doctext_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-voice/parley/internal/doctext"
)

// PDFs that open without a password, or whose table of objects is damaged or missing, are read like any other. The files
// are made by testdata/pdf/make.py.
func TestPDFsThatNeedMending(t *testing.T) {
	t.Parallel()
	const want = "Dear Ada,\nthe meeting is on Tuesday.\n\nSecond page."
	files, err := filepath.Glob("testdata/pdf/*.pdf")
	if err != nil || len(files) < 12 {
		t.Fatalf("files %q, %v", files, err)
	}
	for _, f := range files {
		t.Run(filepath.Base(f), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			text, err := doctext.Extract(t.Context(), data, "", "", 1000)
			if strings.HasPrefix(filepath.Base(f), "user-") {
				if !errors.Is(err, doctext.ErrProtected) {
					t.Errorf("%v, want %v", err, doctext.ErrProtected)
				}
				return
			}
			if err != nil || text.Text != want {
				t.Errorf("%q, %v", text.Text, err)
			}
		})
	}
}

// Whatever the bytes, reading a PDF ends in time with text or a known error. A process for each makes this slow.
func FuzzPDF(f *testing.F) {
	files, err := filepath.Glob("testdata/pdf/*.pdf")
	if err != nil || len(files) == 0 {
		f.Fatalf("files %q, %v", files, err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte("%PDF-1.5\n1 0 obj\n<</Type/XRef/Size 99999999999/W[1 2 1]>>stream\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		text, err := doctext.Extract(ctx, data, "a.pdf", "application/pdf", 50)
		if n := len([]rune(text.Text)); n > 50 {
			t.Errorf("%d characters", n)
		}
		if (err == nil) == (text.Text == "") {
			t.Errorf("%q and %v", text.Text, err)
		}
		for _, known := range []error{nil, doctext.ErrUnknown, doctext.ErrDamaged, doctext.ErrTooMuch, doctext.ErrProtected, doctext.ErrNoText} {
			if errors.Is(err, known) {
				return
			}
		}
		t.Errorf("unexpected error: %v", err)
	})
}
