package spoken

import "strings"

// Word is a word to say, or several that belong together.
type Word struct {
	// Lead is what opens before it: quotes and brackets.
	Lead string
	// Core is what to say.
	Core string
	// Trail is what closes behind it, and punctuation.
	Trail string
	// From and To are the bytes of the original text that it says.
	From, To int
}

// Sentence is a list of words that are said in one go.
type Sentence []Word

// Sentences rewrites text as it is spoken, sentence by sentence. Text without anything to say gives none.
func Sentences(text string) []Sentence {
	items := split(text)
	done := make([]item, 0, len(items))
	for len(items) > 0 {
		it, used := rewrite(done, items)
		done = append(done, it)
		items = items[used:]
	}
	return cut(done)
}

// rule looks at the items from the first on; those before are already rewritten. It returns what replaces the first
// ones and how many these are, or 0 if it does not apply.
type rule func(before, items []item) (item, int)

// rules in the order in which they are tried.
var rules = [...]rule{
	lineMark, webAddress, mailAddress,
	timeOfDay, untilTime, untilDay, isoDate, slashDate, monthAndDay, dayAndMonth,
	money, phone, degrees, unit, percent, code, interval, ratio, fraction, height, decade,
	title, abbreviation, dotted, initial, numberSign, roman, symbols,
}

// rewrite applies the first rule that fits.
func rewrite(before, items []item) (item, int) {
	if items[0].core != "" {
		for _, r := range rules {
			if it, used := r(before, items); used > 0 {
				return it, used
			}
		}
	}
	return items[0], 1
}

// join makes one item of the first n, with a new core.
func join(items []item, n int, core string) (item, int) {
	first, last := items[0], items[n-1]
	return item{lead: first.lead, core: core, trail: last.trail, from: first.from, to: last.to, line: last.line}, n
}

// none says that a rule does not apply.
func none() (item, int) { return item{}, 0 }

// cut makes sentences of the items.
func cut(items []item) []Sentence {
	var sentences []Sentence
	var s Sentence
	sayable := false
	for i, it := range items {
		s = append(s, Word{Lead: it.lead, Core: strings.TrimSpace(it.core), Trail: it.trail, From: it.from, To: it.to})
		sayable = sayable || s[len(s)-1].Core != ""
		if !sayable || i+1 < len(items) && !endsSentence(it, items[i+1]) {
			continue
		}
		if it.line && !strings.ContainsAny(it.trail, ".!?…,;:") {
			s[len(s)-1].Trail += "."
		}
		sentences = append(sentences, s)
		s, sayable = nil, false
	}
	if len(sentences) > 0 { // what cannot be said at the end belongs to what was said before it
		sentences[len(sentences)-1] = append(sentences[len(sentences)-1], s...)
	}
	return sentences
}

func endsSentence(it, next item) bool {
	if it.line {
		return true
	}
	return strings.ContainsAny(it.trail, ".!?…") && !startsLower(next.core)
}

func startsLower(s string) bool { return s != "" && 'a' <= s[0] && s[0] <= 'z' }
