package format

import (
	"html"
	"strings"
)

// The longest entity of HTML has 33 characters with its & and ;.
const maxEntity = 33

// unescape resolves \* and &amp; as Markdown does: one pass, no entity without its semicolon.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s) && asciiPunct(s[i+1]):
			i++
			b.WriteByte(s[i])
		case s[i] == '&':
			n := entity(s[i:])
			b.WriteString(html.UnescapeString(s[i : i+n]))
			i += n - 1
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// entity returns the length of the entity at the beginning of a text, 1 if there is none.
func entity(s string) int {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 2 {
		return 1
	}
	for i := 1; i < end; i++ {
		if !alnum(s[i]) && !(i == 1 && s[i] == '#') {
			return 1
		}
	}
	return end + 1
}

func asciiPunct(c byte) bool {
	return '!' <= c && c <= '/' || ':' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}
