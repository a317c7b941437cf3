package moonshine

import (
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parley-voice/parley/internal/models"
)

// tokenFile makes a token file.
func tokenFile(tokens ...string) []byte {
	var data []byte
	for _, token := range tokens {
		n := len(token)
		if n >= 128 {
			data = append(data, byte(n%128+128), byte(n/128))
		} else {
			data = append(data, byte(n))
		}
		data = append(data, token...)
	}
	return data
}

func TestVocabulary(t *testing.T) {
	long := strings.Repeat("x", 300)
	v, err := parseVocabulary(tokenFile("<unk>", "<s>", "</s>", "▁He", "llo", ",", "▁caf", "<0xC3>", "<0xA9>", "", long, "<0xZZ>"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		tokens []int64
		want   string
	}{
		{nil, ""},
		{[]int64{1, 2}, ""},
		{[]int64{3, 4, 5, 6, 7, 8}, "Hello, café"},
		{[]int64{3, 7}, "He"}, // half a character is left out
		{[]int64{3, 9, 11, 4}, "Hello"},
		{[]int64{10}, long},
		{[]int64{-1, 3, 12, 1 << 40}, "He"},
	}
	for _, test := range tests {
		if got := v.text(test.tokens); got != test.want {
			t.Errorf("text(%v) = %q, want %q", test.tokens, got, test.want)
		}
	}
}

func TestDamagedVocabulary(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":          nil,
		"too small":      tokenFile("<unk>", "<s>"),
		"token cut off":  append(tokenFile("a", "b", "c"), 5, 'x'),
		"length cut off": append(tokenFile("a", "b", "c"), 200),
	} {
		if _, err := parseVocabulary(data); !errors.Is(err, ErrVocabulary) {
			t.Errorf("%s: %v, want ErrVocabulary", name, err)
		}
	}
}

func FuzzVocabulary(f *testing.F) {
	f.Add(tokenFile("<unk>", "<s>", "</s>", "▁He", "<0xC3>"))
	f.Add(tokenFile("a", "b", "c", strings.Repeat("d", 200)))
	f.Add([]byte{255, 255})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseVocabulary(data)
		if err != nil {
			if !errors.Is(err, ErrVocabulary) {
				t.Errorf("%v is not an ErrVocabulary", err)
			}
			return
		}
		ids := make([]int64, len(v)+1)
		for i := range ids {
			ids[i] = int64(i)
		}
		if text := v.text(ids); !utf8.ValidString(text) || len(text) > 3*len(data) {
			t.Errorf("text %q", text)
		}
	})
}

func TestModelsVocabulary(t *testing.T) {
	path, err := models.File(models.Moonshine, models.MoonshineTokens)
	if err != nil {
		t.Fatalf("%v (or `make setup`)", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v, err := parseVocabulary(data)
	if err != nil || len(v) != 32000 {
		t.Fatalf("%d tokens, %v; want 32000", len(v), err)
	}
	if v[tokenStart] != "" || v[tokenEnd] != "" {
		t.Errorf("the tokens that frame a text add %q and %q to it", v[tokenStart], v[tokenEnd])
	}
}
