package engine

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// writer turns the pieces of tokens into text: in whole characters, without blanks at the beginning, and up to the
// allowed number of sentences.
type writer struct {
	maxSentences int
	emit         func(string) error

	pending   []byte
	text      strings.Builder
	sentences int
}

// write adds the piece of a token. It says whether the answer has come to its end, before this token.
func (w *writer) write(piece []byte) (end bool, err error) {
	if w.maxSentences > 0 && len(piece) > 0 && w.text.Len() > 0 {
		if bytes.ContainsRune(piece, '\n') {
			return true, nil
		}
		// A sentence ends at a full stop with a blank behind it, not in "3.50" or "Mr. Hall".
		if blank(piece[0]) && endsSentence(w.text.String()) {
			if w.sentences++; w.sentences >= w.maxSentences {
				return true, nil
			}
		}
	}
	w.pending = append(w.pending, piece...)
	whole := wholeRunes(w.pending)
	if whole == 0 {
		return false, nil
	}
	text := string(bytes.ToValidUTF8(w.pending[:whole], []byte("\uFFFD")))
	w.pending = append(w.pending[:0], w.pending[whole:]...)
	return false, w.send(text)
}

// flush sends what is left of a character that the model did not finish.
func (w *writer) flush() error {
	rest := len(w.pending)
	w.pending = nil
	if rest == 0 {
		return nil
	}
	return w.send("\uFFFD")
}

func (w *writer) send(text string) error {
	if w.text.Len() == 0 {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if text == "" {
		return nil
	}
	w.text.WriteString(text)
	return w.emit(text)
}

// wholeRunes is the length of the beginning of b that does not end inside a character.
func wholeRunes(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// abbreviations end with a full stop that ends no sentence.
var abbreviations = []string{"mr.", "mrs.", "ms.", "dr.", "st.", "no.", "vs.", "e.g.", "i.e.", "etc.", "approx."}

func endsSentence(text string) bool {
	text = strings.TrimRight(text, "\"')*")
	if strings.HasSuffix(text, "!") || strings.HasSuffix(text, "?") {
		return true
	}
	if !strings.HasSuffix(text, ".") {
		return false
	}
	word := strings.ToLower(text[strings.LastIndexAny(text, " \n")+1:])
	initial := len(word) == 2 && 'a' <= word[0] && word[0] <= 'z' // "J. Smith"
	return !initial && !slices.Contains(abbreviations, word)
}
