package openai

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/services"
)

const (
	thinkOpen  = "<think>"
	thinkClose = "</think>"
)

// thinkTags finds the reasoning that models of some servers write into the answer itself: between <think> and </think>,
// at its very beginning. Anywhere else the tags are text. The zero value is ready for use.
type thinkTags struct {
	state thinkState
	held  string // may be the beginning of a tag
}

type thinkState uint8

const (
	undecided thinkState = iota // nothing but white space came, or the beginning of the opening tag
	thinking
	thought // the answer follows, behind white space
	answering
)

// add takes a piece of the answer.
func (t *thinkTags) add(text string) (out []services.Delta) {
	if text == "" {
		return nil
	}
	switch t.state {
	case thought:
		if text = strings.TrimLeftFunc(text, unicode.IsSpace); text == "" {
			return nil
		}
		t.state = answering
		return []services.Delta{{Text: text}}
	case answering:
		return []services.Delta{{Text: text}}
	}
	text = t.held + text
	t.held = ""
	if t.state == undecided {
		begun := strings.TrimLeftFunc(text, unicode.IsSpace)
		switch {
		case strings.HasPrefix(begun, thinkOpen):
			t.state, text = thinking, begun[len(thinkOpen):]
		case strings.HasPrefix(thinkOpen, begun):
			t.held = text
			return nil
		default:
			t.state = answering
			return []services.Delta{{Text: text}}
		}
	}
	inside, answer, closed := strings.Cut(text, thinkClose)
	if !closed {
		n := len(text) - partialTag(text)
		inside, t.held = text[:n], text[n:]
	}
	if inside != "" {
		out = append(out, services.Delta{Reasoning: inside})
	}
	if closed {
		t.state = thought
		out = append(out, t.add(answer)...)
	}
	return out
}

// finish returns what was held back, at the end of the answer.
func (t *thinkTags) finish() []services.Delta {
	held := t.held
	t.held = ""
	switch {
	case held == "":
		return nil
	case t.state == thinking:
		return []services.Delta{{Reasoning: held}}
	}
	return []services.Delta{{Text: held}}
}

// partialTag is how many bytes at the end of a text may be the beginning of the closing tag.
func partialTag(text string) int {
	for n := min(len(text), len(thinkClose)-1); n > 0; n-- {
		if strings.HasSuffix(text, thinkClose[:n]) {
			return n
		}
	}
	return 0
}
