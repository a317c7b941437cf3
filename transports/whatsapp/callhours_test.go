package whatsapp

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestHours(t *testing.T) {
	t.Parallel()
	tests := []struct {
		hours, at string // RFC 3339; 2026-11-23 is a Monday
		want      bool
	}{
		{"", "2026-11-23T03:00:00Z", true},
		{"Mon-Fri 09:00-18:00", "2026-11-23T09:00:00Z", true},
		{"Mon-Fri 09:00-18:00", "2026-11-23T08:59:59Z", false},
		{"Mon-Fri 09:00-18:00", "2026-11-23T17:59:59Z", true},
		{"Mon-Fri 09:00-18:00", "2026-11-23T18:00:00Z", false},
		{"Mon-Fri 09:00-18:00", "2026-11-22T12:00:00Z", false},
		{"mon-fri 9:00-18:00, SAT 10:00-14:00", "2026-11-28T13:00:00Z", true},
		{"Mon 09:00-18:00 Europe/Berlin", "2026-11-23T08:30:00Z", true}, // 09:30 there
		{"Mon 09:00-18:00 Europe/Berlin", "2026-11-23T17:30:00Z", false},
		{"Sat-Mon 09:00-18:00", "2026-11-22T12:00:00Z", true},
		{"Sat-Mon 09:00-18:00", "2026-11-24T12:00:00Z", false},
		{"Fri 22:00-04:00", "2026-11-27T23:00:00Z", true},
		{"Fri 22:00-04:00", "2026-11-28T03:59:00Z", true},
		{"Fri 22:00-04:00", "2026-11-28T04:00:00Z", false},
		{"Sun-Sat 00:00-24:00", "2026-11-28T23:59:59Z", true},
	}
	for _, tt := range tests {
		h, err := ParseHours(tt.hours)
		if err != nil {
			t.Errorf("%q: %v", tt.hours, err)
			continue
		}
		at, err := time.Parse(time.RFC3339, tt.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := h.Open(at); got != tt.want {
			t.Errorf("%q at %s: open %v, want %v", tt.hours, tt.at, got, tt.want)
		}
	}
}

func TestHoursThatAreNone(t *testing.T) {
	t.Parallel()
	for text, says := range map[string]string{
		"Mon-Fri 09:00-18:00 Europe/Atlantis": "Europe/Atlantis",
		"Mon-Fri 09:00-18:00 Local":           "Local",
		"Montag 09:00-18:00":                  "Montag",
		"Mon-Frei 09:00-18:00":                "Frei",
		"Mon 9-18:00":                         `"9"`,
		"Mon 09:00-24:01":                     "24:01",
		"Mon 09:60-18:00":                     "09:60",
		"Mon 09:00-09:00":                     "empty",
		"Mon 09:00":                           `""`,
		"Mon 09:00-18:00,":                    "want days",
		"UTC":                                 "want days",
	} {
		if _, err := ParseHours(text); !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: error %v, want one that says %s", text, err, says)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("Mon-Fri 09:00-18:00, Sat 10:00-14:00 Europe/Berlin", int64(1700000000))
	f.Add("Fri 22:00-04:00", int64(0))
	f.Add("-,:", int64(-1))
	f.Fuzz(func(t *testing.T, text string, at int64) {
		h, err := ParseHours(text)
		if err != nil {
			if !errors.Is(err, ErrConfig) {
				t.Errorf("%q: %v does not wrap ErrConfig", text, err)
			}
			return
		}
		if strings.TrimSpace(text) == "" && !h.Open(time.Unix(at, 0)) {
			t.Error("empty hours are not always open")
		}
		h.Open(time.Unix(at, 0))
	})
}
