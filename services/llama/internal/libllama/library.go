//go:build cgo && linux && (amd64 || arm64)

package libllama

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "bridge.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"unsafe"
)

// Open loads the libraries of the given names from a folder, with the backend that fits this processor best. It is
// called once in a process.
func Open(folder, ggml, llama string) error {
	g, l, f := C.CString(filepath.Join(folder, ggml)), C.CString(filepath.Join(folder, llama)), C.CString(folder)
	defer C.free(unsafe.Pointer(g))
	defer C.free(unsafe.Pointer(l))
	defer C.free(unsafe.Pointer(f))
	if !C.pl_open(g, l, f) {
		return fmt.Errorf("libllama: %s", lastError())
	}
	return nil
}

// SystemInfo is the library's own description of what it uses of the processor.
func SystemInfo() string { return C.GoString(C.pl_system_info()) }

func lastError() string {
	if s := strings.TrimSpace(C.GoString(C.pl_last_error())); s != "" {
		return s
	}
	return "unknown error"
}

// Model is a language model in memory. Its methods are safe for concurrent use.
type Model struct {
	p        unsafe.Pointer
	template *C.char // in the model's memory; nil if it has none that the library knows
}

// Load reads a model from a GGUF file.
func Load(path string) (*Model, error) {
	c := C.CString(path)
	defer C.free(unsafe.Pointer(c))
	p := C.pl_model_load(c)
	if p == nil {
		return nil, fmt.Errorf("libllama: %s", lastError())
	}
	m := &Model{p: p, template: C.pl_model_template(p)}
	// The library knows common templates by their looks and does not interpret others.
	if m.template != nil {
		if _, err := m.apply(m.template, []Message{{Role: "user", Text: "x"}}); err != nil {
			m.template = nil
		}
	}
	return m, nil
}

// Close frees the model. Its contexts and samplers must be closed before.
func (m *Model) Close() { C.pl_model_free(m.p) }

// TrainContext is the number of tokens that the model was trained to keep in view.
func (m *Model) TrainContext() int { return int(C.pl_model_train_context(m.p)) }

// String describes the model's kind and size.
func (m *Model) String() string {
	buf := make([]byte, 128)
	n := C.pl_model_describe(m.p, (*C.char)(unsafe.Pointer(&buf[0])), C.size_t(len(buf)))
	return string(buf[:min(max(int(n), 0), len(buf)-1)])
}

// Tokenize turns text into tokens. special says whether the names of control tokens stand for these, which must
// not be so for text from outside. start puts the token in front that the model wants at the beginning, if any.
func (m *Model) Tokenize(text string, special, start bool) ([]int32, error) {
	if len(text) > 1<<24 {
		return nil, errors.New("libllama: text longer than 16 MiB")
	}
	tokens := make([]int32, len(text)+2) // a token has at least one byte
	c := C.CString(text)
	defer C.free(unsafe.Pointer(c))
	n := C.pl_tokenize(m.p, c, C.int32_t(len(text)), (*C.int32_t)(unsafe.Pointer(&tokens[0])), C.int32_t(len(tokens)), C.bool(start), C.bool(special))
	if n < 0 {
		return nil, fmt.Errorf("libllama: text of %d bytes has more than %d tokens", len(text), len(tokens))
	}
	return tokens[:n], nil
}

// Piece returns the bytes of a token, which may be a part of a character. Control tokens have none.
func (m *Model) Piece(token int32) []byte {
	buf := make([]byte, 64)
	for {
		n := int(C.pl_piece(m.p, C.int32_t(token), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(len(buf))))
		if n >= 0 {
			return buf[:n]
		}
		buf = make([]byte, -n)
	}
}

// IsEnd says whether a token ends an answer.
func (m *Model) IsEnd(token int32) bool { return bool(C.pl_is_end(m.p, C.int32_t(token))) }

// Message is one message of a conversation.
type Message struct{ Role, Text string }

// Render writes a conversation as the model expects it, up to the beginning of the answer. ok is false if the model
// has no template that the library knows.
func (m *Model) Render(messages []Message) (text string, ok bool) {
	if m.template == nil {
		return "", false
	}
	text, err := m.apply(m.template, messages)
	return text, err == nil
}

func (m *Model) apply(template *C.char, messages []Message) (string, error) {
	roles, texts := newCStrings(len(messages)), newCStrings(len(messages))
	defer roles.free()
	defer texts.free()
	size := 1024
	for i, msg := range messages {
		roles.set(i, msg.Role)
		texts.set(i, msg.Text)
		size += 64 + 2*len(msg.Text)
	}
	for range 2 {
		buf := make([]byte, size)
		n := int(C.pl_apply_template(template, roles.array, texts.array, C.size_t(len(messages)), (*C.char)(unsafe.Pointer(&buf[0])), C.int32_t(size)))
		switch {
		case n < 0:
			return "", errors.New("libllama: the model's chat template is not known")
		case n <= size:
			return string(buf[:n]), nil
		}
		size = n + 1
	}
	return "", errors.New("libllama: the chat template gives text without a bound")
}

// cStrings is an array of C strings in C memory.
type cStrings struct {
	array **C.char
	items []*C.char
}

func newCStrings(n int) *cStrings {
	p := (**C.char)(C.calloc(C.size_t(n+1), C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	return &cStrings{p, unsafe.Slice(p, n+1)}
}

func (s *cStrings) set(i int, text string) { s.items[i] = C.CString(text) }

func (s *cStrings) free() {
	for _, p := range s.items {
		C.free(unsafe.Pointer(p)) // the last one is NULL, which free takes
	}
	C.free(unsafe.Pointer(s.array))
}
