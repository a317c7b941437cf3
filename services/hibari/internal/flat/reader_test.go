package flat

import (
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// read reads an object of strings.
func read(text string) (map[string]string, error) {
	m := map[string]string{}
	r := New(text)
	r.Object(func(key string) { m[key] = r.String() })
	return m, r.Err()
}

func TestReads(t *testing.T) {
	r := New(` {"a": "x", "b\n\u00e9": {"n": -1.5e1, "none": null}, "list": ["p", "q"], "empty": [], "o": {}} `)
	got := map[string]any{}
	r.Object(func(key string) {
		switch key {
		case "list", "empty":
			var list []string
			r.Array(func() { list = append(list, r.String()) })
			got[key] = list
		case "a":
			got[key] = r.String()
		default:
			r.Object(func(inner string) {
				if !r.IsNull() {
					got[key+inner] = r.Number()
				}
			})
		}
	})
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": "x", "b\nén": -15.0, "list": []string{"p", "q"}, "empty": []string(nil)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestErrors(t *testing.T) {
	for text, want := range map[string]error{
		``:                 ErrType,
		`[]`:               ErrType,
		`{"a"`:             ErrType,
		`{"a": 1}`:         ErrType,
		`{"a": "b`:         ErrSyntax,
		`{"a": "b\`:        ErrSyntax,
		`{"a": "\x"}`:      ErrSyntax,
		`{"a": "b"} x`:     ErrSyntax,
		"{\"a\": \"\n\"}":  ErrSyntax,
		`{"a": "b" "c": 1`: ErrType,
	} {
		if _, err := read(text); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", text, err, want)
		}
	}
	r := New(`{"a": 1}`)
	r.Object(func(string) {})
	if err := r.Err(); !errors.Is(err, ErrType) {
		t.Errorf("a value that nobody reads: %v", err)
	}
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{`{}`, `{"a":"b"}`, `{"a":"\u00e9\\"}`, `{"a":1}`, `{"`, `{"a":"b",}`, `{"a":"b"}}`, "{\"\xff\":\"\"}", "{}\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := read(text)
		if err != nil {
			return
		}
		// What it accepts must be what encoding/json accepts, and mean the same.
		want := map[string]string{}
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%q was accepted, but %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" && utf8.ValidString(text) { // encoding/json replaces invalid bytes
			t.Errorf("%q: %s", text, diff)
		}
	})
}
