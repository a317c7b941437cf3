package whatsapp

import (
	"encoding/base64"
	"strings"
	"testing"
)

func TestShortIDHidesTheNumber(t *testing.T) {
	const number = "15559990000"
	raw := append([]byte{0x1c, 0x18, 0x0b}, number...)
	id := "wacid." + base64.StdEncoding.EncodeToString(append(raw, 0x15, 0x02, 0x00, 0x12, 0x18, 0x20))
	short := shortID(id)
	tail := strings.TrimPrefix(short, "…")
	for skip := range 4 { // wherever the groups of four begin
		if skip > len(tail) {
			break
		}
		part := tail[skip : skip+(len(tail)-skip)/4*4]
		if b, err := base64.StdEncoding.DecodeString(part); err == nil && strings.Contains(string(b), number[len(number)-5:]) {
			t.Errorf("%q, the short form of %q, gives %q away", short, id, b)
		}
	}
	if !strings.HasSuffix(id, tail) || shortID("abc") != "abc" {
		t.Errorf("short forms %q and %q", short, shortID("abc"))
	}
}
