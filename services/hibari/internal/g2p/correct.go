package g2p

import "strings"

// correct changes the tags of homographs where the words around them leave no doubt, and the tagger has one: "we
// close at six", "Have you read it?", "Record your message."
func (p *Phonemizer) correct(tokens []token) {
	for i := range tokens {
		t := &tokens[i]
		e, ok := p.reader.gold.find(t.text)
		if !ok || e.byTag == nil || e.byTag["VERB"] == "" && e.byTag["NOUN"] == "" && e.byTag["VBN"] == "" {
			continue
		}
		lower := strings.ToLower(t.text)
		before := i - 1
		for before >= 0 && between[strings.ToLower(tokens[before].text)] {
			before--
		}
		subject, auxiliary := at(tokens, before), at(tokens, before-1)
		switch {
		case lower == "read" || lower == "reread":
			if (pronouns[subject] || subjects[subject]) && haves[auxiliary] {
				t.tag = "VBN"
			} else if t.tag == "VBP" && subject == "you" && !inThePast(tokens) {
				t.tag = "VB"
			}
		case lower == "live" && beings[subject]:
			t.tag = "JJ"
		case strings.HasPrefix(t.tag, "VB"):
		case helpers[subject]:
			t.tag = "VB"
		case pronouns[subject] && !haves[auxiliary] && !beings[auxiliary]:
			t.tag = "VBP"
		case (before < 0 || clauseStarts[subject]) && objects[at(tokens, i+1)] && !plural(lower):
			t.tag = "VB"
		}
	}
}

// at returns a word in small letters, or nothing beyond the ends.
func at(tokens []token, i int) string {
	if i < 0 || i >= len(tokens) {
		return ""
	}
	return strings.ToLower(tokens[i].text)
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

var (
	// between may stand between a subject and its verb.
	between = set("also always just never normally not n't often only really sometimes still typically usually then")
	// pronouns that are subjects of verbs without an ending.
	pronouns = set("i you we they")
	// subjects are the other pronouns.
	subjects = set("he she it anybody anyone")
	// helpers stand before an infinitive.
	helpers = set("will wo 'll would could should shall might must do does did please")
	haves   = set("have has had 've")
	beings  = set("am is are was were be been being 'm 're 's")
	// clauseStarts may stand before an imperative, and objects behind it.
	clauseStarts = set(". ! ? , ; : — and or then please")
	objects      = set("the a an my your his her our their its this that these those it them me us all any")
	past         = set("yesterday last ago already earlier before once previously")
)

func inThePast(tokens []token) bool {
	for _, t := range tokens {
		if past[strings.ToLower(t.text)] {
			return true
		}
	}
	return false
}

// plural says that a word looks like a plural, which no imperative does.
func plural(lower string) bool {
	return strings.HasSuffix(lower, "s") && !strings.HasSuffix(lower, "ss")
}
