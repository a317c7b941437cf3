package g2p

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-voice/parley/services/hibari/internal/spoken"
)

// tokenize cuts the words of a sentence into tokens without tags.
func tokenize(s spoken.Sentence) []token {
	var tokens []token
	quoted := false
	for i, w := range s {
		before := len(tokens)
		for _, r := range w.Lead {
			t := token{text: string(r), word: i}
			if isQuote(r) {
				t.say("“")
				quoted = quoted || isApostrophe(r)
			}
			tokens = append(tokens, t)
		}
		for _, field := range strings.Fields(w.Core) {
			for _, part := range split(field) {
				tokens = append(tokens, token{text: part, word: i})
			}
			tokens[len(tokens)-1].space = true
		}
		if w.Core != "" && w.Trail != "" {
			tokens[len(tokens)-1].space = false
		}
		previous := rune(0)
		for _, r := range w.Trail {
			if r == previous { // "!!!" is as loud as "!"
				continue
			}
			previous = r
			t := token{text: string(r), word: i}
			switch {
			case isApostrophe(r) && !quoted: // the dogs'
				t.say("")
			case isQuote(r):
				t.say("”")
			}
			tokens = append(tokens, t)
		}
		if len(tokens) > before {
			tokens[len(tokens)-1].space = true
		}
	}
	if len(tokens) > 0 {
		tokens[len(tokens)-1].space = false
	}
	return tokens
}

func isQuote(r rune) bool { return isApostrophe(r) || strings.ContainsRune("\"“”", r) }

// clitics are the ends that are tokens of their own.
var clitics = [...]string{"n't", "'ll", "'re", "'ve", "'d", "'m", "'s"}

// fused are words of two tokens without an apostrophe between them, by the length of the first.
var fused = map[string]int{"cannot": 3, "gonna": 3, "gotta": 3, "wanna": 3, "gimme": 3, "lemme": 3}

// split cuts a word without spaces into tokens.
func split(s string) []string {
	var tail []string
	for {
		head, end := splitClitic(s)
		if end == "" {
			break
		}
		tail = append(tail, end)
		s = head
	}
	var parts []string
	if n := fused[strings.ToLower(s)]; n > 0 {
		parts = []string{s[:n], s[n:]}
	} else {
		parts = splitInside(s)
	}
	for i := len(tail) - 1; i >= 0; i-- {
		parts = append(parts, tail[i])
	}
	return parts
}

// splitClitic takes one of the clitics, or punctuation, off the end of a word.
func splitClitic(s string) (head, end string) {
	lower := strings.ToLower(s)
	if len(lower) != len(s) {
		return s, ""
	}
	for _, c := range clitics {
		if len(s) > len(c) && strings.HasSuffix(lower, c) {
			return s[:len(s)-len(c)], s[len(s)-len(c):]
		}
	}
	if last, n := utf8.DecodeLastRuneInString(s); n < len(s) && strings.ContainsRune(",;:!?", last) {
		return s[:len(s)-n], s[len(s)-n:]
	}
	return s, ""
}

// splitInside cuts a word at dashes, ellipses and commas between letters.
func splitInside(s string) []string {
	var parts []string
	from := 0
	cut := func(at, n int) {
		if at > from {
			parts = append(parts, s[from:at])
		}
		parts = append(parts, s[at:at+n])
		from = at + n
	}
	previous := ' '
	for i, r := range s {
		n := utf8.RuneLen(r)
		next, _ := utf8.DecodeRuneInString(s[i+n:])
		switch {
		case r == '—', r == '…', strings.ContainsRune("()[]\"“”!?;", r):
			cut(i, n)
		case i == 0:
		case strings.ContainsRune("-:<>=", r) && (unicode.IsLetter(previous) || unicode.IsDigit(previous)) && unicode.IsLetter(next):
			cut(i, n)
		case r == ',' && unicode.IsLetter(previous) && unicode.IsLetter(next):
			cut(i, n)
		case r == '.' && unicode.IsLower(previous) && unicode.IsUpper(next):
			cut(i, n)
		}
		previous = r
	}
	if from < len(s) {
		parts = append(parts, s[from:])
	}
	return parts
}
