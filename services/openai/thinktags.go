package openai

import (
	"strings"
	"unicode"

	"github.com/parley-voice/parley/services"
)

// thinkTag is a pair of tags between which models write their reasoning.
type thinkTag struct{ opens, closes string }

// thinkingTags are those that are known: most models have the first, such as DeepSeek, Qwen and QwQ, others what they were trained
// for or told to; the last are Magistral's.
func thinkingTags() []thinkTag {
	return []thinkTag{
		{"<think>", "</think>"}, {"<thinking>", "</thinking>"}, {"<thought>", "</thought>"}, {"<reasoning>", "</reasoning>"},
		{"[THINK]", "[/THINK]"},
	}
}

// thinkTags finds the reasoning that models of some servers write into the answer itself: between <think> and </think>, or
// others of thinkingTags, in capitals or not, at its very beginning. Chat templates of some models end the prompt with the opening tag,
// so only the closing one comes: then all before it was reasoning. Anywhere else the tags are text. The zero value is ready for use.
type thinkTags struct {
	// first says that the answer begins with reasoning, whether its tag comes or not.
	first bool

	state   thinkState
	closes  string          // the tag that does, if one was opened; "" if any closes the reasoning
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
	opens, closes := findTag(begun, opening), findTag(begun, closing)
	switch {
	case opens.at == 0:
		t.state, t.closes, t.first = thinking, opens.tag.closes, false // it is certain now
		return begun[opens.end:]
	case closes.at == 0:
		t.state = thought
		return begun[closes.end:]
	case opens.rest == 0, closes.rest == 0:
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
	tag := findTag(text, func(known thinkTag) string {
		if t.closes != "" && t.closes != known.closes {
			return ""
		}
		return known.closes
	})
	inside, answer, closed := text, "", tag.at >= 0
	if closed {
		inside, answer = text[:tag.at], text[tag.end:]
	} else {
		inside, t.held = text[:tag.rest], text[tag.rest:]
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
	opens, closes := findTag(text, opening), findTag(text, closing)
	switch {
	case opens.at >= 0 && (closes.at < 0 || opens.at < closes.at), closes.at > 0 && text[closes.at-1] == '`', closes.at == 0 && t.quoted:
		t.state = answering // it is about the tags
		return []services.Delta{{Text: text}}
	case closes.at < 0:
		n := min(opens.rest, closes.rest)
		text, t.held = text[:n], text[n:]
		return t.say(text)
	}
	out = append(t.say(text[:closes.at]), services.Delta{Retract: true})
	t.state = thought
	return append(out, t.add(text[closes.end:])...)
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

// foundTag is what a text has of a tag.
type foundTag struct {
	tag     thinkTag
	at, end int // of the first; -1 if there is none
	rest    int // where the text ends in what may be the beginning of one; its length if it does not
}

func opening(t thinkTag) string { return t.opens }
func closing(t thinkTag) string { return t.closes }

// findTag finds a tag, in capitals or not, of those that wanted returns.
func findTag(text string, wanted func(thinkTag) string) foundTag {
	f := foundTag{at: -1, rest: len(text)}
	for i := 0; i < len(text); i++ {
		n := strings.IndexAny(text[i:], "<[")
		if n < 0 {
			return f
		}
		i += n
		for _, known := range thinkingTags() {
			tag, rest := wanted(known), text[i:]
			switch {
			case tag == "":
			case len(rest) >= len(tag) && strings.EqualFold(rest[:len(tag)], tag):
				f.tag, f.at, f.end = known, i, i+len(tag)
				return f
			case len(rest) < len(tag) && strings.EqualFold(rest, tag[:len(rest)]):
				f.rest = min(f.rest, i)
			}
		}
	}
	return f
}
