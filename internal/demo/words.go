package demo

import (
	"strings"
	"unicode"
)

// words are the words of a text in small letters, without punctuation.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}

// agreement is the share of the words of want that appear in got in the same order, from 0 to 1: one minus what
// was missed. It is 1 for a want without words.
func agreement(want, got string) float64 {
	a, b := words(want), words(got)
	if len(a) == 0 {
		return 1
	}
	// The longest common subsequence, row by row.
	row := make([]int, len(b)+1)
	for i := range a {
		diagonal := 0
		for j := range b {
			above := row[j+1]
			switch {
			case a[i] == b[j]:
				row[j+1] = diagonal + 1
			case row[j] > above:
				row[j+1] = row[j]
			}
			diagonal = above
		}
	}
	return float64(row[len(b)]) / float64(len(a))
}
