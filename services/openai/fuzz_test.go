package openai

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	sdk "github.com/openai/openai-go/v3"
)

// FuzzStream feeds arbitrary bytes as the answer of a server: whatever they are, reading ends without a panic, with
// a complete answer or with an *Error.
func FuzzStream(f *testing.F) {
	files, _ := filepath.Glob("testdata/*.sse")
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, "text/event-stream")
	}
	f.Add([]byte(`{"choices":[{"index":0,"message":{"content":"x"}}]}`), "application/json")
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":-1}]},\"finish_reason\":5}]}\n"), "text/event-stream")
	f.Add([]byte("data: {\"choices\":[{\"delta\":{\"content\":[{\"thinking\":[{\"text\":\"a\"}]},{\"text\":\"b\"}]}}]}\n"), "text/event-stream")
	l, err := New("m")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte, media string) {
		res := &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(bytes.NewReader(body))}
		asm := &assembler{}
		err := l.read(t.Context(), res, func(c sdk.ChatCompletionChunk) bool {
			asm.add(c)
			return true
		})
		for _, d := range asm.finish() {
			if d.ToolCall == nil && d.Usage == nil {
				t.Error("an empty delta")
			}
		}
		var e *Error
		if err != nil && !errors.As(err, &e) {
			t.Errorf("error %v is no *Error", err)
		}
	})
}
