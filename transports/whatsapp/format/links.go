package format

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Characters that may stand in a link, but not at its end.
const afterLink = `?!.,:;*_~'"`

// linkLength returns the length of the web address at the beginning of a text, 0 if there is none.
func linkLength(s string) int {
	scheme := 0
	for _, p := range []string{"https://", "http://", "www."} {
		if len(s) > len(p) && strings.EqualFold(s[:len(p)], p) {
			scheme = len(p)
			break
		}
	}
	if scheme == 0 {
		return 0
	}
	end := scheme
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if endsLink(r) && !(r == '[' && end == scheme) { // an IPv6 host begins with a bracket
			break
		}
		end += size
	}
	if end = scheme + trimLink(s[scheme:end]); end == scheme {
		return 0
	}
	return end
}

// endsLink reports whether a rune never stands in a link that somebody wrote in a text.
func endsLink(r rune) bool {
	switch r {
	case '<', '>', '"', '`', '[', ']', '|', '、', '。', '，', '；', '：', '！', '？', '（', '）', '「', '」', '『', '』', '【', '】',
		'《', '》', '“', '”', '‘', '’', '«', '»', '…':
		return true
	}
	return unicode.IsSpace(r) || unicode.IsControl(r)
}

// trimLink returns how much of what follows the scheme is the link: not the full stop or the bracket behind it.
func trimLink(s string) int {
	open := strings.Count(s, "(") - strings.Count(s, ")")
	for s != "" {
		last := s[len(s)-1]
		switch {
		case strings.IndexByte(afterLink, last) >= 0:
		case last == ')' && open < 0:
			open++
		default:
			return len(s)
		}
		s = s[:len(s)-1]
	}
	return 0
}

// The longest parts of a mail address, RFC 5321 section 4.5.3.1.
const (
	maxLocalPart = 64
	maxDomain    = 255
)

// mailAround returns where the mail address around the @ at a place begins and ends; equal if there is none.
func mailAround(s string, at int) (start, end int) {
	start, end = at, at+1
	for start > 0 && at-start < maxLocalPart && (alnum(s[start-1]) || strings.IndexByte("._%+-", s[start-1]) >= 0) {
		start--
	}
	for end < len(s) && end-at <= maxDomain && (alnum(s[end]) || s[end] == '.' || s[end] == '-') {
		end++
	}
	for end > at && !alnum(s[end-1]) {
		end--
	}
	if start == at || end <= at || !strings.Contains(s[at:end], ".") {
		return at, at
	}
	return start, end
}

func alnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// sameLink reports whether the text of a link says no more than its address.
func sameLink(text, address string) bool {
	return text == address || bareLink(text) == bareLink(address)
}

func bareLink(s string) string {
	for _, p := range []string{"https://", "http://", "mailto:", "tel:"} {
		if rest, ok := strings.CutPrefix(s, p); ok {
			s = rest
			break
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
}

// shown is the address of a link as it stands in a message, "" if a person could do nothing with it.
func shown(address string) string {
	address = strings.ReplaceAll(strings.TrimSpace(address), " ", "%20")
	scheme, rest, ok := strings.Cut(address, ":")
	if !ok {
		if strings.HasPrefix(address, "#") {
			return "" // a place in a page that nobody has
		}
		return address
	}
	switch strings.ToLower(scheme) {
	case "mailto", "tel":
		return rest
	case "javascript", "vbscript", "data":
		return ""
	}
	return address
}
