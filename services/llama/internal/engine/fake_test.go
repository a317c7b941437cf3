package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The fake's tokens are bytes, but for the names of ChatML's control tokens and two of its own.
const (
	tokStart int32 = 1000 + iota
	tokEnd
	tokHalfRune // a token that is a part of a character
)

var special = map[string]int32{"<|im_start|>": tokStart, "<|im_end|>": tokEnd}

// fake is a backend that answers by a script and checks how it is used.
type fake struct {
	t      *testing.T
	answer func(prompt string) string // what the model says to what its slot holds

	mu       sync.Mutex
	inside   atomic.Bool
	mem      map[int][]int32
	read     int   // tokens decoded so far
	order    []int // slots, in the order of decoding
	last     int   // the slot decoded last
	failing  error // the next Decode returns it
	wholly   bool  // can forget only whole slots, as recurrent models
	onDecode func(slot int)
}

func newFake(t *testing.T, answer func(string) string) *fake {
	return &fake{t: t, answer: answer, mem: map[int][]int32{}}
}

func (f *fake) Tokenize(text string, control, _ bool) ([]int32, error) {
	var out []int32
	for text != "" {
		found := false
		for name, tok := range special {
			if control && strings.HasPrefix(text, name) {
				out, text, found = append(out, tok), text[len(name):], true
			}
		}
		if !found {
			out, text = append(out, int32(text[0])), text[1:]
		}
	}
	return out, nil
}

func (f *fake) Piece(tok int32) []byte {
	switch {
	case tok == tokHalfRune:
		return []byte{0xC3}
	case tok < 256:
		return []byte{byte(tok)}
	}
	return nil
}

func (f *fake) IsEnd(tok int32) bool { return tok == tokEnd }

func (f *fake) Render([]Message) (string, bool) { return "", false } // ChatML

// alone fails the test if two goroutines use the backend at once.
func (f *fake) alone() func() {
	if !f.inside.CompareAndSwap(false, true) {
		f.t.Error("the backend is used by two goroutines at once")
	}
	return func() { f.inside.Store(false) }
}

func (f *fake) Decode(tokens []int32, slot, pos int) error {
	defer f.alone()()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failing != nil {
		err := f.failing
		f.failing = nil
		return err
	}
	if pos != len(f.mem[slot]) {
		f.t.Errorf("slot %d holds %d tokens, and more are decoded at %d", slot, len(f.mem[slot]), pos)
	}
	f.mem[slot] = append(f.mem[slot], tokens...)
	f.read += len(tokens)
	f.order, f.last = append(f.order, slot), slot
	if f.onDecode != nil {
		f.onDecode(slot)
	}
	return nil
}

func (f *fake) Forget(slot, from int) error {
	defer f.alone()()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wholly && from > 0 {
		return errors.New("only whole slots")
	}
	f.mem[slot] = f.mem[slot][:from]
	return nil
}

func (f *fake) Copy(from, to int) error {
	defer f.alone()()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.mem[to] = slices.Clone(f.mem[from])
	return nil
}

func (f *fake) Sampler(Sampling) (Sampler, error) { return &fakeSampler{f: f, slot: -1}, nil }

type fakeSampler struct {
	f    *fake
	slot int
	said []int32
	rest []int32
}

// Sample says the next token of the answer to what was read last. It must be the same slot all the time.
func (s *fakeSampler) Sample() int32 {
	defer s.f.alone()()
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	if s.slot < 0 {
		s.slot = s.f.last
		s.rest = answerTokens(s.f.answer(text(s.f.mem[s.slot])))
	} else if s.f.last != s.slot || !slices.Equal(s.f.mem[s.slot][len(s.f.mem[s.slot])-len(s.said):], s.said) {
		s.f.t.Errorf("sampled after slot %d was read, not after the last token of slot %d", s.f.last, s.slot)
	}
	tok := tokEnd
	if len(s.rest) > 0 {
		tok, s.rest = s.rest[0], s.rest[1:]
	}
	s.said = append(s.said, tok)
	return tok
}

func (s *fakeSampler) Close() {}

// answerTokens makes tokens of a script: bytes, and a letter ¿ for half a character.
func answerTokens(script string) []int32 {
	var out []int32
	for i, part := range strings.Split(script, "¿") {
		if i > 0 {
			out = append(out, tokHalfRune)
		}
		for _, b := range []byte(part) {
			out = append(out, int32(b))
		}
	}
	return out
}

// text shows tokens.
func text(tokens []int32) string {
	var b strings.Builder
	for _, t := range tokens {
		switch t {
		case tokStart:
			b.WriteString("{")
		case tokEnd:
			b.WriteString("}")
		case tokHalfRune:
			b.WriteByte(0xC3)
		default:
			b.WriteByte(byte(t))
		}
	}
	return b.String()
}

func (f *fake) holds(slot int) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return text(f.mem[slot])
}

func (f *fake) tokensRead() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.read
}

// say answers with the same words every time.
func say(words string) func(string) string { return func(string) string { return words } }

func newEngine(t *testing.T, f *fake, o Options) *Engine {
	t.Helper()
	def := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	def(&o.Slots, 2)
	def(&o.SlotTokens, 2000)
	def(&o.Step, 8)
	e := New(f, o)
	t.Cleanup(e.Close)
	return e
}

// run asks and returns the answer; it waits until the engine has read ahead.
func run(t *testing.T, e *Engine, messages ...Message) (string, Result, error) {
	t.Helper()
	return runWith(t, e, Sampling{MaxTokens: 500}, messages...)
}

func runWith(t *testing.T, e *Engine, s Sampling, messages ...Message) (string, Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var b strings.Builder
	res, err := e.Generate(ctx, Request{Messages: messages, Sampling: s}, func(text string) error {
		b.WriteString(text)
		return nil
	})
	e.ahead.Wait()
	return b.String(), res, err
}

func user(text string) Message      { return Message{"user", text} }
func assistant(text string) Message { return Message{"assistant", text} }
func system(text string) Message    { return Message{"system", text} }
