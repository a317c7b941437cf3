package whatsapptest

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// newID makes an id like those of calls ("wacid.") and messages ("wamid."): base64 with padding, which may hold
// + and / and therefore must not go into a path or a query unescaped.
func newID(prefix, phone string) string {
	var random [16]byte
	_, _ = rand.Read(random[:])
	raw := []byte{0x1c, 0x18, byte(len(phone))}
	raw = append(raw, phone...)
	raw = append(raw, 0x15, 0x02, 0x00, 0x12, 0x18, 0x20)
	raw = append(raw, strings.ToUpper(hex.EncodeToString(random[:8]))...)
	raw = append(raw, random[8:]...)
	raw = append(raw, 0)
	if len(raw)%3 == 0 { // keep the padding
		raw = append(raw, 0)
	}
	return prefix + base64.StdEncoding.EncodeToString(raw)
}

// digits takes the punctuation out of a phone number: "+1 (555) 999-0000" is 15559990000.
func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, phone)
}
