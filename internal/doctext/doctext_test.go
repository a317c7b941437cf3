package doctext_test

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parley-voice/parley/internal/doctext"
)

func TestMain(m *testing.M) {
	doctext.ServeIfChild()
	_ = os.Setenv("GORACE", "atexit_sleep_ms=0") // else each PDF takes a second more under the race detector
	goleak.VerifyTestMain(m)
}

// archive makes a ZIP file of pairs of a name and its content.
func archive(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		w, err := z.Create(pairs[i])
		if err == nil {
			_, err = w.Write([]byte(pairs[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// pdfOf makes a PDF of the content of its pages, which is compressed or not.
func pdfOf(compressed bool, trailer string, pages ...string) []byte {
	var b bytes.Buffer
	var offsets []int
	object := func(format string, args ...any) {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n"+format+"\nendobj\n", append([]any{len(offsets)}, args...)...)
	}
	b.WriteString("%PDF-1.4\n")
	var kids []string
	for i := range pages {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object("<</Type/Catalog/Pages 2 0 R>>")
	object("<</Type/Pages/Count %d/Kids[%s]>>", len(pages), strings.Join(kids, " "))
	object("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
	for i, p := range pages {
		object("<</Type/Page/Parent 2 0 R/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>", 5+2*i)
		filter := ""
		if compressed {
			var z bytes.Buffer
			w := zlib.NewWriter(&z)
			_, _ = w.Write([]byte(p))
			_ = w.Close()
			p, filter = z.String(), "/Filter/FlateDecode"
		}
		object("<</Length %d%s>>stream\n%s\nendstream", len(p), filter, p)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(offsets)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n", len(offsets)+1, trailer, start)
	return b.Bytes()
}

const twoLines = "BT /F1 12 Tf 72 720 Td (Dear Ada,) Tj 0 -14 Td [(H) 20 (ello) -300 (caf\xe9)] TJ ET"

func TestExtract(t *testing.T) {
	docx := archive(t, "word/document.xml", `<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>Dear </w:t></w:r><w:r><w:t>Ada,</w:t><w:br/><w:t>hello</w:t></w:r></w:p>
		<w:p><w:r><w:instrText>PAGE</w:instrText><w:t>a</w:t><w:tab/><w:t>b</w:t></w:r></w:p></w:body></w:document>`)
	xlsx := archive(t, "xl/workbook.xml", "<workbook/>", "xl/sharedStrings.xml", `<sst><si><t>Name</t></si><si><r><t>Ad</t></r><r><t>a</t></r></si></sst>`,
		"xl/worksheets/sheet1.xml", `<worksheet><sheetData><row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>Age</t></is></c></row>
		<row><c t="s"><v>1</v></c><c><v>36</v></c><c t="s"><v>99</v></c></row></sheetData></worksheet>`)
	for _, tt := range []struct {
		name, mime string
		data       []byte
		want       string
		more       bool
		err        error
	}{
		{"a.txt", "text/plain", []byte("one\r\n\r\n\r\n\r\ntwo  "), "one\n\ntwo", false, nil},
		{"a.json", "application/json", []byte("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}", false, nil},
		{"a.tsv", "", []byte("a\tb\n1\t2\n"), "a\tb\n1\t2", false, nil},
		{"", "", []byte("\xff\xfeh\x00i\x00"), "hi", false, nil},
		{"", "", []byte("\xef\xbb\xbfhi"), "hi", false, nil},
		{"", "", []byte("caf\xe9 cr\xe8me, and some more"), "café crème, and some more", false, nil},
		{"long.md", "", []byte(strings.Repeat("é ", 200)), strings.TrimSpace(strings.Repeat("é ", 50)), true, nil},
		{"a.html", "text/html", []byte("<html><head><title>T</title><style>x{}</style></head><body><h1>Hi</h1><p>a&amp;b<br>c</p><script>bad()</script></body></html>"), "T\n\nHi\n\na&b\nc", false, nil},
		{"a.docx", "", docx, "Dear Ada,\nhello\na b", false, nil},
		{"a.pptx", "", archive(t, "ppt/presentation.xml", "<p/>", "ppt/slides/slide10.xml", "<s><p><t>ten</t></p></s>", "ppt/slides/slide2.xml", "<s><p><t>two</t></p></s>"), "two\n\nten", false, nil},
		{"a.odt", "", archive(t, "META-INF/manifest.xml", "<m/>", "content.xml", "<c><h>Title</h><p>one<s/>two <span>three</span></p></c>"), "Title\none two three", false, nil},
		{"a.xlsx", "", xlsx, "Name\tAge\nAda\t36", false, nil},
		{"a.pdf", "application/pdf", pdfOf(false, "", twoLines, twoLines), "Dear Ada,\nHello café\n\nDear Ada,\nHello café", false, nil},
		{"a.pdf", "application/pdf", pdfOf(true, "", twoLines), "Dear Ada,\nHello café", false, nil},
		{"scan.pdf", "application/pdf", pdfOf(false, "", "q 1 0 0 1 0 0 cm Q"), "", false, doctext.ErrNoText},
		{"cut.pdf", "application/pdf", pdfOf(false, "", twoLines)[:200], "", false, doctext.ErrDamaged},
		{"secret.pdf", "application/pdf", pdfOf(false, "/Encrypt<</Filter/Standard/V 1/R 2/O(12345678901234567890123456789012)/U(12345678901234567890123456789012)/P -4>>/ID[(a)(a)]", twoLines), "", false, doctext.ErrProtected},
		{"a.pdf", "application/pdf", []byte("no PDF"), "", false, doctext.ErrDamaged},
		{"a.docx", "", docx[:len(docx)/2], "", false, doctext.ErrDamaged},
		{"a.docx", "", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), "", false, doctext.ErrProtected},
		{"a.doc", "", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..."), "", false, doctext.ErrUnknown},
		{"a.zip", "", archive(t, "a.txt", "hi"), "", false, doctext.ErrUnknown},
		{"a.rtf", "", []byte(`{\rtf1 hi}`), "", false, doctext.ErrUnknown},
		{"a.exe", "", []byte("MZ\x00\x01\x02\x03\x00"), "", false, doctext.ErrUnknown},
		{"empty", "text/plain", nil, "", false, doctext.ErrNoText},
	} {
		t.Run(tt.name+tt.mime, func(t *testing.T) {
			got, err := doctext.Extract(t.Context(), tt.data, tt.name, tt.mime, 100)
			if !errors.Is(err, tt.err) {
				t.Fatalf("%v, want %v: %q", err, tt.err, got.Text)
			}
			if d := cmp.Diff(doctext.Text{Text: tt.want, More: tt.more}, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Small files that become large ones: they must neither be held in memory nor read without an end.
func TestHostileDocuments(t *testing.T) {
	bomb := archive(t, "word/document.xml", "<d><p>"+strings.Repeat(" ", 9<<20)+"<t>end</t></p></d>")
	nested := archive(t, "word/document.xml", strings.Repeat("<p>", 1<<17))
	hugeTable := bytes.Replace(pdfOf(false, "", twoLines), []byte("0 6\n"), []byte("99999999999 6\n"), 1)
	stuck := pdfOf(true, "", "BT "+strings.Repeat("[", 1<<17)+" TJ ET")
	for name, data := range map[string][]byte{"zip bomb": bomb, "nested": nested, "huge table": hugeTable, "nested PDF": stuck} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		began := time.Now()
		text, err := doctext.Extract(ctx, data, "", "", 100)
		cancel()
		if err == nil {
			t.Errorf("%s: %q", name, text.Text)
		}
		t.Logf("%s: %v, %v", name, err, time.Since(began))
	}
}

func TestTheContextEndsReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, data := range [][]byte{pdfOf(false, "", twoLines), archive(t, "word/document.xml", "<d><t>hi</t></d>"), []byte("<html>hi")} {
		if _, err := doctext.Extract(ctx, data, "", "", 100); !errors.Is(err, context.Canceled) || !errors.Is(err, doctext.ErrTooMuch) {
			t.Errorf("%.5q: %v", data, err)
		}
	}
}

func FuzzExtract(f *testing.F) {
	f.Add([]byte("plain text"), "a.txt")
	f.Add([]byte("<html><p>hi"), "a.html")
	f.Add(archive(f, "word/document.xml", "<d><p><t>hi</t></p></d>"), "a.docx")
	f.Add(archive(f, "xl/workbook.xml", "<w/>", "xl/sharedStrings.xml", "<s><si><t>x</t></si></s>", "xl/worksheets/sheet1.xml", `<s><row><c t="s"><v>0</v></c></row></s>`), "a.xlsx")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		if bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
			return // a process for each would be slow
		}
		text, err := doctext.Extract(t.Context(), data, name, "", 50)
		if n := len([]rune(text.Text)); n > 50 {
			t.Errorf("%d characters", n)
		}
		if err == nil && text.Text == "" {
			t.Error("no text and no error")
		}
		for _, known := range []error{doctext.ErrUnknown, doctext.ErrDamaged, doctext.ErrTooMuch, doctext.ErrProtected, doctext.ErrNoText} {
			if errors.Is(err, known) {
				return
			}
		}
		if err != nil {
			t.Errorf("unexpected error: %v", err)
		}
	})
}
