package moonshine

import (
	"fmt"
	"strconv"
	"strings"
)

// Tokens that frame a text.
const (
	tokenStart = 1
	tokenEnd   = 2
)

// vocabulary tells what each token adds to the text: by token id, empty for tokens without text.
type vocabulary []string

// parseVocabulary reads the token file: for each id in order a length and that many bytes. A length below 128 takes
// one byte; others take two, low seven bits first.
func parseVocabulary(data []byte) (vocabulary, error) {
	var v vocabulary
	for pos := 0; pos < len(data); {
		start := pos
		n := int(data[pos])
		pos++
		if n >= 128 {
			if pos == len(data) {
				return nil, fmt.Errorf("%w: it ends inside the length of token %d", ErrVocabulary, len(v))
			}
			n += int(data[pos])*128 - 128
			pos++
		}
		if n > len(data)-pos {
			return nil, fmt.Errorf("%w: token %d at byte %d has %d bytes, but only %d are left",
				ErrVocabulary, len(v), start, n, len(data)-pos)
		}
		v = append(v, piece(string(data[pos:pos+n])))
		pos += n
	}
	if len(v) <= tokenEnd {
		return nil, fmt.Errorf("%w: it has only %d tokens", ErrVocabulary, len(v))
	}
	return v, nil
}

// piece is what a token adds to the text. Tokens in angle brackets are marks, which add nothing, or single bytes,
// such as <0x0A>.
func piece(token string) string {
	if !strings.HasPrefix(token, "<") || !strings.HasSuffix(token, ">") {
		return strings.ReplaceAll(token, "\u2581", " ")
	}
	if hex, ok := strings.CutPrefix(token[:len(token)-1], "<0x"); ok && len(hex) == 2 {
		if b, err := strconv.ParseUint(hex, 16, 8); err == nil {
			return string([]byte{byte(b)})
		}
	}
	return ""
}

// text joins tokens. Ids that the vocabulary does not have add nothing.
func (v vocabulary) text(tokens []int64) string {
	var b strings.Builder
	for _, id := range tokens {
		if id >= 0 && id < int64(len(v)) {
			b.WriteString(v[id])
		}
	}
	return strings.TrimSpace(strings.ToValidUTF8(b.String(), ""))
}
