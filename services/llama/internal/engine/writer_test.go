package engine

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnswers(t *testing.T) {
	tests := map[string]struct {
		script string
		limits Sampling
		want   string
		finish string
	}{
		"plain":             {"Hello.", Sampling{MaxTokens: 50}, "Hello.", "stop"},
		"blank first":       {" \n Hello.", Sampling{MaxTokens: 50}, "Hello.", "stop"},
		"nothing":           {"", Sampling{MaxTokens: 50}, "", "stop"},
		"limit":             {"Hello.", Sampling{MaxTokens: 4}, "Hell", "length"},
		"one sentence":      {"One. Two. Three.", Sampling{MaxTokens: 50, MaxSentences: 1}, "One.", "stop"},
		"two sentences":     {"One? Two! Three.", Sampling{MaxTokens: 50, MaxSentences: 2}, "One? Two!", "stop"},
		"number":            {"It is 3.50 euros. Yes.", Sampling{MaxTokens: 50, MaxSentences: 1}, "It is 3.50 euros.", "stop"},
		"abbreviation":      {"Ask Mr. J. Hall. Now.", Sampling{MaxTokens: 50, MaxSentences: 1}, "Ask Mr. J. Hall.", "stop"},
		"number at the end": {"It is 6. Bye.", Sampling{MaxTokens: 50, MaxSentences: 1}, "It is 6.", "stop"},
		"quoted":            {`He said "Go." Then he went. Far.`, Sampling{MaxTokens: 50, MaxSentences: 2}, `He said "Go." Then he went.`, "stop"},
		"line":              {"A list:\n1. x", Sampling{MaxTokens: 50, MaxSentences: 3}, "A list:", "stop"},
		"lines allowed":     {"A\nB", Sampling{MaxTokens: 50}, "A\nB", "stop"},
		"characters":        {"caf\u00e9 \u65e5\u672c \U0001F600.", Sampling{MaxTokens: 50}, "café 日本 😀.", "stop"},
		"broken":            {"a\xffb", Sampling{MaxTokens: 50}, "a\uFFFDb", "stop"},
		"half at the end":   {"caf¿", Sampling{MaxTokens: 50}, "caf\uFFFD", "stop"},
		"half inside":       {"a¿b", Sampling{MaxTokens: 50}, "a\uFFFDb", "stop"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := newEngine(t, newFake(t, say(tt.script)), Options{})
			got, res, err := runWith(t, e, tt.limits, user("?"))
			if err != nil || got != tt.want || res.Finish != tt.finish {
				t.Errorf("got %q, %+v, %v, want %q", got, res, err, tt.want)
			}
		})
	}
}

// FuzzWriter cuts bytes into pieces anywhere: what comes out is the same text in whole characters.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("caf\u00e9 \U0001F600."), uint8(3))
	f.Add([]byte{0xff, 0xc3, 0xe6, 0x97}, uint8(1))
	f.Add([]byte(" \n x. y"), uint8(2))
	f.Fuzz(func(t *testing.T, raw []byte, size uint8) {
		var got strings.Builder
		w := &writer{emit: func(s string) error {
			if !utf8.ValidString(s) || s == "" {
				t.Errorf("emitted %q", s)
			}
			got.WriteString(s)
			return nil
		}}
		step := int(size)%7 + 1
		for i := 0; i < len(raw); i += step {
			if end, err := w.write(raw[i:min(i+step, len(raw))]); end || err != nil {
				t.Fatalf("end %v, error %v", end, err)
			}
		}
		if err := w.flush(); err != nil {
			t.Fatal(err)
		}
		// Where invalid bytes are cut decides how many signs stand for them: compare what was valid.
		clean := func(s string) string { return strings.ReplaceAll(strings.ToValidUTF8(s, ""), "\uFFFD", "") }
		if a, b := strings.TrimSpace(clean(got.String())), strings.TrimSpace(clean(string(raw))); a != b {
			t.Errorf("got %q, want %q", a, b)
		}
	})
}
