package webhook

import (
	"strings"
	"testing"
)

func TestClip(t *testing.T) {
	for _, tt := range []struct {
		s    string
		most int
		want string
	}{
		{"", 4, ""},
		{"word", 4, "word"},
		{"words", 4, "word…"},
		{"aéé", 4, "aé…"},
		{"👍👍", 5, "👍…"},
		{strings.Repeat("\xbf", 9), 4, "…"},
	} {
		if got := clip(tt.s, tt.most); got != tt.want {
			t.Errorf("clip(%q, %d) = %q, want %q", tt.s, tt.most, got, tt.want)
		}
	}
}
