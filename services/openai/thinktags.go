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
// at its very beginning. Chat templates of some models end the prompt with the opening tag, so only the closing one comes:
// then all before it was reasoning. Anywhere else the tags are text. The zero value is ready for use.
type thinkTags struct {
	// first says that the answer begins with reasoning, whether its tag comes or not.
	first bool

	state   thinkState
	held    string          // may be the beginning of a tag
	quoted  bool            // the last character of the text was a backtick: it is about a tag
	thought strings.Builder // the reasoning so far, if it was taken for that without a tag
}

type thinkState uint8

const (
	undecided thinkState = iota // nothing but white space came, or the beginning of a tag
	thinking
	thought   // the answer follows, behind white space
	unmarked  // this is the answer, unless a closing tag comes that no opening one belongs to
	answering // this is the answer
)

// add takes a piece of the answer.
func (t *thinkTags) add(text string) (out []services.Delta) {
	if text == "" {
		return nil
	}
	text = t.held + text
	t.held = ""
	if t.state == undecided {
		if text = t.decide(text); text == "" {
			return nil
		}
	}
	switch t.state {
	case thinking:
		return t.think(text)
	case thought:
		if text = strings.TrimLeftFunc(text, unicode.IsSpace); text == "" {
			return nil
		}
		t.state = answering
	case unmarked:
		return t.look(text)
	}
	return []services.Delta{{Text: text}}
}

// decide looks at the beginning of the answer, and returns what is left of it. It holds back what is too short.
func (t *thinkTags) decide(text string) string {
	begun := strings.TrimLeftFunc(text, unicode.IsSpace)
	switch {
	case strings.HasPrefix(begun, thinkOpen):
		t.state, t.first = thinking, false // it is certain now
		return begun[len(thinkOpen):]
	case strings.HasPrefix(begun, thinkClose):
		t.state = thought
		return begun[len(thinkClose):]
	case strings.HasPrefix(thinkOpen, begun), strings.HasPrefix(thinkClose, begun):
		t.held = text
		return ""
	case t.first:
		t.state = thinking
	default:
		t.state = unmarked
	}
	return text
}

// think takes a piece of the reasoning.
func (t *thinkTags) think(text string) (out []services.Delta) {
	inside, answer, closed := strings.Cut(text, thinkClose)
	if !closed {
		n := len(text) - partial(text, thinkClose)
		inside, t.held = text[:n], text[n:]
	}
	if inside != "" {
		out = append(out, services.Delta{Reasoning: inside})
		if t.first {
			t.thought.WriteString(inside)
		}
	}
	if closed {
		t.state, t.first = thought, false
		out = append(out, t.add(answer)...)
	}
	return out
}

// look takes a piece of what seems to be the answer, and finds the tag that tells that it is not.
func (t *thinkTags) look(text string) (out []services.Delta) {
	opened, closed := strings.Index(text, thinkOpen), strings.Index(text, thinkClose)
	switch {
	case opened >= 0 && (closed < 0 || opened < closed), closed > 0 && text[closed-1] == '`', closed == 0 && t.quoted:
		t.state = answering // it is about the tags
		return []services.Delta{{Text: text}}
	case closed < 0:
		n := len(text) - max(partial(text, thinkOpen), partial(text, thinkClose))
		text, t.held = text[:n], text[n:]
		return t.say(text)
	}
	out = append(t.say(text[:closed]), services.Delta{Retract: true})
	t.state = thought
	return append(out, t.add(text[closed+len(thinkClose):])...)
}

func (t *thinkTags) say(text string) []services.Delta {
	if text == "" {
		return nil
	}
	t.quoted = strings.HasSuffix(text, "`")
	return []services.Delta{{Text: text}}
}

// finish returns what was held back, at the end of an answer, which is cut if it reached its limit. An answer that was to
// begin with reasoning and came to its end without a tag had none: then it is text.
func (t *thinkTags) finish(cut bool) []services.Delta {
	held := t.held
	t.held = ""
	switch {
	case t.state == thinking && t.first && !cut:
		if text := t.thought.String() + held; text != "" {
			return []services.Delta{{Text: text}}
		}
		return nil
	case held == "":
		return nil
	case t.state == thinking:
		return []services.Delta{{Reasoning: held}}
	}
	return []services.Delta{{Text: held}}
}

// partial is how many bytes at the end of a text may be the beginning of a tag.
func partial(text, tag string) int {
	for n := min(len(text), len(tag)-1); n > 0; n-- {
		if strings.HasSuffix(text, tag[:n]) {
			return n
		}
	}
	return 0
}
