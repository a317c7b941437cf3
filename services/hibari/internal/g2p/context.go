package g2p

import (
	"strings"
)

// sound is what the next word begins with.
type sound uint8

const (
	pause sound = iota // nothing, or a punctuation mark
	consonant
	vowel
)

// context is what a word needs to know of those behind it.
type context struct {
	next sound
	to   bool // the next word is "to"
}

// after returns the context for the word before t.
func (c context) after(t token) context {
	for _, r := range t.phonemes {
		switch {
		case strings.ContainsRune(pauses, r):
			c.next = pause
		case strings.ContainsRune(vowels, r):
			c.next = vowel
		case strings.ContainsRune(consonants, r):
			c.next = consonant
		default:
			continue
		}
		break
	}
	c.to = strings.EqualFold(t.text, "to") && (t.text != "TO" || t.tag == "TO" || t.tag == "IN")
	return c
}
