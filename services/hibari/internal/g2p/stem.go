package g2p

import "strings"

// flapping are the sounds behind which an American t becomes ɾ before a vowel.
const flapping = "AIOWYiuæɑəɛɪɹʊʌ"

// stem reads a word with one of the endings -s, -ed and -ing whose stem is known.
func (r *reader) stem(word, tag string, s stress, c context) (string, bool) {
	if stem := r.stemS(word); stem != "" {
		if ps, ok := r.lookup(stem, tag, s, c); ok {
			return withS(ps), true
		}
	}
	if stem := r.stemEd(word); stem != "" {
		if ps, ok := r.lookup(stem, tag, s, c); ok {
			return withEd(ps), true
		}
	}
	if stem := r.stemIng(word); stem != "" {
		if s == asIs {
			s = present
		}
		if ps, ok := r.lookup(stem, tag, s, c); ok {
			return withIng(ps), true
		}
	}
	return "", false
}

// stemS returns the stem of a word in -s, or nothing.
func (r *reader) stemS(w string) string {
	n := len(w)
	switch {
	case n < 3 || w[n-1] != 's':
	case !strings.HasSuffix(w, "ss") && r.known(w[:n-1]):
		return w[:n-1]
	case (strings.HasSuffix(w, "'s") || n > 4 && strings.HasSuffix(w, "es") && !strings.HasSuffix(w, "ies")) && r.known(w[:n-2]):
		return w[:n-2]
	case n > 4 && strings.HasSuffix(w, "ies") && r.known(w[:n-3]+"y"):
		return w[:n-3] + "y"
	}
	return ""
}

// stemEd returns the stem of a word in -ed, or nothing.
func (r *reader) stemEd(w string) string {
	n := len(w)
	switch {
	case n < 4 || w[n-1] != 'd':
	case !strings.HasSuffix(w, "dd") && r.known(w[:n-1]):
		return w[:n-1]
	case n > 4 && strings.HasSuffix(w, "ed") && !strings.HasSuffix(w, "eed") && r.known(w[:n-2]):
		return w[:n-2]
	}
	return ""
}

// stemIng returns the stem of a word in -ing, or nothing.
func (r *reader) stemIng(w string) string {
	n := len(w)
	switch {
	case n < 5 || !strings.HasSuffix(w, "ing"):
	case n > 5 && r.known(w[:n-3]):
		return w[:n-3]
	case r.known(w[:n-3] + "e"):
		return w[:n-3] + "e"
	case n > 5 && (w[n-4] == w[n-5] && strings.IndexByte("bcdgklmnprstvxz", w[n-4]) >= 0 || strings.HasSuffix(w, "cking")) && r.known(w[:n-4]):
		return w[:n-4]
	}
	return ""
}

// withS adds -s to the phonemes of a stem.
func withS(ps string) string {
	switch {
	case ps == "":
		return ""
	case endsIn(ps, "ptkfθ"):
		return ps + "s"
	case endsIn(ps, "szʃʒʧʤ"):
		return ps + "ᵻz"
	}
	return ps + "z"
}

// withEd adds -ed.
func withEd(ps string) string {
	switch {
	case ps == "":
		return ""
	case endsIn(ps, "pkfθʃsʧ"):
		return ps + "t"
	case endsIn(ps, "d"):
		return ps + "ᵻd"
	case !endsIn(ps, "t"):
		return ps + "d"
	case endsIn(ps[:len(ps)-1], flapping):
		return ps[:len(ps)-1] + "ɾᵻd"
	}
	return ps + "ᵻd"
}

// withIng adds -ing.
func withIng(ps string) string {
	if endsIn(ps, "t") && endsIn(ps[:len(ps)-1], flapping) {
		return ps[:len(ps)-1] + "ɾɪŋ"
	}
	return ps + "ɪŋ"
}

// endsIn says that the last character is one of a set.
func endsIn(ps, set string) bool {
	for _, r := range set {
		if strings.HasSuffix(ps, string(r)) {
			return true
		}
	}
	return false
}
