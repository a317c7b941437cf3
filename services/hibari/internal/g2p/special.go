package g2p

import "strings"

// special reads the words that depend on those around them, and what looks like an abbreviation.
func (r *reader) special(word, tag string, s stress, c context) (string, bool) {
	switch lower := strings.ToLower(word); lower {
	case "a":
		if tag == "DT" && c.next != pause { // no article stands before a pause
			return "ɐ", true
		}
		return "ˈA", true
	case "am":
		switch {
		case strings.HasPrefix(tag, "NN"):
			return r.spell(word)
		case c.next == pause || word != "am" || s == strong:
			return "æm", true
		}
		return "ɐm", true
	case "an":
		if word == "AN" && strings.HasPrefix(tag, "NN") {
			return r.spell(word)
		}
		return "ɐn", true
	case "i":
		if word == "I" && tag == "PRP" {
			return "ˌI", true
		}
	case "by":
		if parent(tag) == "ADV" {
			return "bˈI", true
		}
	case "to":
		if word == "TO" && tag != "TO" && tag != "IN" {
			break
		}
		return map[sound]string{pause: "tu", consonant: "tə", vowel: "tʊ"}[c.next], true
	case "in":
		switch {
		case word == "IN" && tag == "NNP":
			return "", false
		case c.next == pause || tag != "IN":
			return "ˈɪn", true
		}
		return "ɪn", true
	case "the":
		switch {
		case word == "THE" && tag != "DT":
			return "", false
		case c.next == vowel:
			return "ði", true
		}
		return "ðə", true
	case "used":
		if (tag == "VBD" || tag == "JJ") && c.to {
			return "jˈust", true
		}
		return "jˈuzd", true
	}
	if isDotted(word) {
		return r.spell(word)
	}
	return "", false
}

// isDotted recognises "U.S" and "p.m.": letters, with points inside, never more than two in a row.
func isDotted(word string) bool {
	if !strings.Contains(strings.Trim(word, "."), ".") || !isWord(strings.ReplaceAll(word, ".", "")) {
		return false
	}
	for part := range strings.SplitSeq(word, ".") {
		if len(part) > 2 {
			return false
		}
	}
	return true
}
