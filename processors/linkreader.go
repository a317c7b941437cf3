package processors

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxLink is how many bytes of a text are held back at most because they may be a link.
const maxLink = 2048

// linkReader takes the links out of a text that comes in pieces.
type linkReader struct {
	word  string // what stands in for a link
	held  string // the end of the text, which may be the beginning of a link
	prev  byte   // the last one before it
	found []string
}

// add takes a piece and returns what can be said by now.
func (r *linkReader) add(piece string) string {
	r.held += piece
	return r.read(false)
}

// finish returns the rest.
func (r *linkReader) finish() string { return r.read(true) }

// read returns what of the held text is certain; at the end, all is.
func (r *linkReader) read(end bool) string {
	var out strings.Builder
	say := func(text string) {
		out.WriteString(text)
		if text != "" {
			r.prev = text[len(text)-1]
		}
	}
	for r.held != "" {
		// Up to where a link may begin, nothing is in doubt.
		i := strings.IndexFunc(r.held, func(c rune) bool { return strings.ContainsRune("[<hHwW", c) })
		if i < 0 {
			i = len(r.held)
		}
		say(r.held[:i])
		if r.held = r.held[i:]; r.held == "" {
			break
		}
		size, link, words, more := r.match(r.held[:min(len(r.held), maxLink)], end || len(r.held) >= maxLink)
		if more {
			break
		}
		switch {
		case link != "":
			if !slices.Contains(r.found, link) {
				r.found = append(r.found, link)
			}
			say(words)
		default:
			_, size = utf8.DecodeRuneInString(r.held)
			say(r.held[:size])
		}
		r.held = r.held[size:]
	}
	return out.String()
}

// match looks for a link at the beginning of what is held: its size there, the link itself and what is said instead.
// more says that it depends on what comes.
func (r *linkReader) match(held string, end bool) (size int, link, words string, more bool) {
	switch c := held[0]; {
	case c == '[':
		return r.matchMarkdown(held, end)
	case c == '<':
		inner, rest, closed := strings.Cut(held[1:], ">")
		if !closed {
			return 0, "", "", !end && couldBeURL(inner)
		}
		if !isURL(inner) {
			return 0, "", "", false
		}
		return len(held) - len(rest), inner, r.word, false
	case r.prev >= '0' && r.prev <= '9' || r.prev|0x20 >= 'a' && r.prev|0x20 <= 'z':
		return 0, "", "", false // the middle of a word
	}
	stop := strings.IndexFunc(held, func(c rune) bool { return unicode.IsSpace(c) || strings.ContainsRune("<>\"`", c) })
	if stop < 0 {
		if !end {
			return 0, "", "", couldBeURL(held)
		}
		stop = len(held)
	}
	url := trimURL(held[:stop])
	if !isURL(url) {
		return 0, "", "", false
	}
	return len(url), url, r.word, false
}

// matchMarkdown looks for [words](link), also with an image's mark before it.
func (r *linkReader) matchMarkdown(held string, end bool) (size int, link, words string, more bool) {
	words, rest, closed := strings.Cut(held[1:], "]")
	switch {
	case !closed:
		return 0, "", "", !end && !strings.ContainsAny(words, "\n")
	case rest == "":
		return 0, "", "", !end
	case rest[0] != '(':
		return 0, "", "", false
	}
	inner, after, closed := strings.Cut(rest[1:], ")")
	if !closed {
		return 0, "", "", !end && couldBeURL(inner)
	}
	// Brackets within a link come in pairs.
	for strings.Count(inner, "(") > strings.Count(inner, ")") {
		part, more, ok := strings.Cut(after, ")")
		if !ok {
			return 0, "", "", !end
		}
		inner, after = inner+")"+part, more
	}
	url, _, _ := strings.Cut(strings.TrimSpace(inner), " ") // a title may follow
	if !isURL(url) {
		return 0, "", "", false
	}
	if words = strings.TrimSpace(words); words == "" || isURL(words) {
		words = r.word
	}
	return len(held) - len(after), url, words, false
}

// schemes are how links begin.
var schemes = [...]string{"https://", "http://", "www."}

// isURL reports whether a text is a link with something in it.
func isURL(s string) bool {
	for _, scheme := range schemes {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			host, _, _ := strings.Cut(s[len(scheme):], "/")
			return !strings.ContainsFunc(s, unicode.IsSpace) && strings.ContainsFunc(host, unicode.IsLetter) && strings.ContainsAny(host, ".:")
		}
	}
	return false
}

// couldBeURL reports whether a text is the beginning of a link.
func couldBeURL(s string) bool {
	for _, scheme := range schemes {
		n := min(len(s), len(scheme))
		if strings.EqualFold(s[:n], scheme[:n]) {
			return true
		}
	}
	return false
}

// trimURL takes off what belongs to the sentence: marks at the end, and brackets that the link does not open.
func trimURL(s string) string {
	for s != "" {
		last, size := utf8.DecodeLastRuneInString(s)
		switch {
		case strings.ContainsRune(".,;:!?'*_~…。，！？", last):
		case last == ')' && strings.Count(s, ")") > strings.Count(s, "("):
		case last == ']' && strings.Count(s, "]") > strings.Count(s, "["):
		default:
			return s
		}
		s = s[:len(s)-size]
	}
	return s
}
