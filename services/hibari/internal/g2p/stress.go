package g2p

import "strings"

const (
	primary   = "ˈ"
	secondary = "ˌ"
	vowels    = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ"
	// consonants are those that change the words before them.
	consonants = "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ"
	diphthongs = "AIOQWYʤʧ"
)

// stress is what is to happen to the stress marks of a word.
type stress uint8

const (
	asIs    stress = iota
	none           // all marks go
	weaker         // a main stress becomes a secondary one
	level          // the same, and a word without any gets a secondary one
	present        // a word without any gets a secondary one
	strong         // a secondary stress becomes a main one, and a word without any gets one
)

// apply returns the phonemes with the stress changed.
func (s stress) apply(phonemes string) string {
	hasPrimary := strings.Contains(phonemes, primary)
	hasAny := hasPrimary || strings.Contains(phonemes, secondary)
	switch {
	case s == none:
		return withoutMarks.Replace(phonemes)
	case (s == weaker || s == level) && hasPrimary:
		return weakened.Replace(phonemes)
	case (s == level || s == present) && !hasAny:
		return markVowel(phonemes, secondary)
	case s == strong && !hasAny:
		return markVowel(phonemes, primary)
	case s == strong && !hasPrimary:
		return strings.ReplaceAll(phonemes, secondary, primary)
	}
	return phonemes
}

var (
	withoutMarks = strings.NewReplacer(primary, "", secondary, "")
	weakened     = strings.NewReplacer(primary, secondary, secondary, "")
)

// markVowel puts a mark before the first vowel.
func markVowel(phonemes, mark string) string {
	i := strings.IndexAny(phonemes, vowels)
	if i < 0 {
		return phonemes
	}
	return phonemes[:i] + mark + phonemes[i:]
}

// weight tells long words from short ones.
func weight(phonemes string) int {
	n := 0
	for _, r := range phonemes {
		n++
		if strings.ContainsRune(diphthongs, r) {
			n++
		}
	}
	return n
}
