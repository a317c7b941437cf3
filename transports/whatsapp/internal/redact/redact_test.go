package redact_test

import (
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/transports/whatsapp/internal/redact"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                   "",
		"nothing in it":                      "nothing in it",
		"d 447903544430":                     "d …4430",
		"to +44 7903 544-430, at once":       "to …4430, at once",
		"+1 (555) 999-0000.":                 "…0000.",
		"(555) 999-0000 is none":             "…0000 is none",
		"0151 2345 6789":                     "…6789",
		"1-555-999-0000":                     "…0000",
		"a447903544430b":                     "a…4430b",
		"object 106540352242922 is gone":     "object …2922 is gone",
		"447903544430, 447903544431":         "…4430, …4431",
		"wamid.HBgLMTU1NTk5OTAwMDAVAgASGBQ=": "wamid.…GBQ=",
		"wacid.1":                            "wacid.…1",
		"(#131056) 4096 characters":          "(#131056) 4096 characters",
		"131026: code 100/33, HTTP 500":      "131026: code 100/33, HTTP 500",
		"until 2026-01-02T15:04:05.1234567Z": "until 2026-01-02T15:04:05.1234567Z",
		"until 2026-01-02 15:04:05+0100":     "until 2026-01-02 15:04:05+0100",
		"next at 1796119200":                 "next at 1796119200",
		"to 17961192001, not 1596119200":     "to …2001, not …9200",
		"on 2026-01-02":                      "on 2026-01-02",
		"1024 of 4096 bytes, 10 20 30":       "1024 of 4096 bytes, 10 20 30",
		"v25.0 at 192.168.100.200":           "v25.0 at 192.168.100.200",
		"+0100 is a zone":                    "+0100 is a zone",
		"٤٤٧٩٠٣٥٤٤٤٣٠":                       "٤٤٧٩٠٣٥٤٤٤٣٠", // Meta writes ASCII
	} {
		if got := redact.Numbers(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if got := redact.Numbers(redact.Numbers(in)); got != want {
			t.Errorf("%q, twice: got %q, want %q", in, got, want)
		}
	}
}

// Whatever Meta writes, no long row of digits is left, but fractions of seconds, and nothing else is lost.
func FuzzNumbers(f *testing.F) {
	for _, s := range []string{"d 447903544430", "+1 (555) 999-0000", "2026-01-02T15:04:05.123Z", "wamid.HBg=", "\xff12345678", "+++1+2"} {
		f.Add(s)
	}
	times := regexp.MustCompile(`\b1[7-9]\d{8}\b|\.\d+`)
	f.Fuzz(func(t *testing.T, s string) {
		got := redact.Numbers(s)
		if utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Errorf("%q becomes %q, which is not UTF-8", s, got)
		}
		row := 0
		for _, r := range times.ReplaceAllString(got, " ") {
			if r < '0' || r > '9' {
				row = 0
			} else if row++; row >= 7 {
				t.Fatalf("%q becomes %q", s, got)
			}
		}
	})
}
