package whatsapptest

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escapeJSON rewrites JSON as Meta sends it: characters outside of ASCII as \uXXXX in lower-case hex
// (surrogate pairs for those outside of the basic plane), and / as \/. The value stays the same, the bytes
// do not: a server that checks the signature over anything but the raw body fails.
func escapeJSON(body []byte) []byte {
	out := make([]byte, 0, len(body)+len(body)/8)
	for i := 0; i < len(body); {
		if c := body[i]; c < utf8.RuneSelf {
			if c == '/' { // outside of strings JSON has no slash
				out = append(out, '\\')
			}
			out = append(out, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(body[i:])
		i += size
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = appendEscape(appendEscape(out, high), low)
		} else {
			out = appendEscape(out, r)
		}
	}
	return out
}

// appendEscape appends one \uXXXX.
func appendEscape(out []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(out, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}
