package engine

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLongConversation lets a conversation grow far beyond its slot: each prompt fits, keeps the system message and
// the examples, begins with a question, and mostly continues the one before.
func TestLongConversation(t *testing.T) {
	f := newFake(t, say("Yes, that is so."))
	e := newEngine(t, f, Options{Slots: 1, SlotTokens: 800, Examples: []Message{user("E"), assistant("F")}})
	conv := []Message{system("Be nice.")}
	reread := 0
	for turn := range 60 {
		conv = append(conv, user(fmt.Sprint("question number ", turn)))
		_, res, err := runWith(t, e, Sampling{MaxTokens: 100}, conv...)
		if err != nil {
			t.Fatal(err)
		}
		if res.PromptTokens > 700 {
			t.Errorf("turn %d: a prompt of %d tokens leaves no room for the answer", turn, res.PromptTokens)
		}
		h := f.holds(0)
		if !strings.HasPrefix(h, "{system\nBe nice.}\n{user\nE}\n{assistant\nF}\n{user\nquestion") || !strings.Contains(h, fmt.Sprint("number ", turn)) {
			t.Fatalf("turn %d: the slot holds %q", turn, h)
		}
		if res.PromptTokens-res.Reused > 60 {
			reread++
		}
		conv = append(conv, assistant("Yes, that is so."))
	}
	if reread > 20 { // every few turns, when the oldest are dropped
		t.Errorf("%d of 60 turns were read anew", reread)
	}
}

func TestTooLong(t *testing.T) {
	e := newEngine(t, newFake(t, say("x")), Options{SlotTokens: 100})
	_, _, err := runWith(t, e, Sampling{MaxTokens: 20}, system("S"), user(strings.Repeat("long ", 50)))
	if !errors.Is(err, ErrTooLong) || !strings.Contains(err.Error(), "room for 80") {
		t.Errorf("error %v", err)
	}
}

func TestDrops(t *testing.T) {
	u, a := user("x"), assistant("y")
	tests := map[string]struct {
		turns []Message
		want  []int
	}{
		"nothing":       {nil, []int{0}},
		"one":           {[]Message{u}, []int{0}},
		"short":         {[]Message{u, a, u}, []int{0, 2}},
		"no user":       {[]Message{a, a}, []int{0}},
		"greeted first": {[]Message{a, u, a, u}, []int{0, 1, 3}},
		"long":          {[]Message{u, a, u, a, u, a, u, a, u, a, u, a, u}, []int{0, 8, 10, 12}},
		"shifted":       {[]Message{a, u, a, u, a, u, a, u, a, u, a, u, a, u, a, u, a, u, a, u}, []int{0, 9, 17, 19}},
	}
	for name, tt := range tests {
		if diff := cmp.Diff(tt.want, drops(tt.turns)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}
