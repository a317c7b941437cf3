package nats

import (
	"fmt"
	"strings"
)

// maxKey is how long an escaped key may be: a request's subject holds it, and a server cuts connections whose
// request line is longer than 4,096 bytes. The rest is for the names around the key.
const maxKey = 3072

// escape writes a key with the letters that NATS allows in keys. Letters, digits, "-" and "/" stay, so that the
// nats command shows readable keys; any other byte becomes "=" and two hex digits.
func escape(key string) (string, error) {
	if key == "" {
		return "", ErrEmptyKey
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(key) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '/':
			b.WriteByte(c)
		default:
			b.Write([]byte{'=', hex[c>>4], hex[c&15]})
		}
	}
	if b.Len() > maxKey {
		return "", fmt.Errorf("%w: %d bytes, %d with escapes; %d are the most", ErrKeyTooLong, len(key), b.Len(), maxKey)
	}
	return b.String(), nil
}
