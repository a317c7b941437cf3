package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// SignatureHeader is the header that carries the signature. The older X-Hub-Signature, with SHA-1, is not used.
const SignatureHeader = "X-Hub-Signature-256"

// Signed reports whether the header's value is the signature of the body under the app secret. The body must be
// the very bytes that came in: Meta escapes characters in its own way, so JSON that was read and written again
// has another signature. The comparison takes the same time wherever the difference is.
func Signed(appSecret string, body []byte, header string) bool {
	given, ok := strings.CutPrefix(header, "sha256=")
	if !ok {
		return false
	}
	mac, err := hex.DecodeString(given)
	if err != nil {
		return false
	}
	return hmac.Equal(mac, sum(appSecret, body))
}

// Sign returns the header's value for a body. It is what Meta does; tests and tools need it.
func Sign(appSecret string, body []byte) string {
	return "sha256=" + hex.EncodeToString(sum(appSecret, body))
}

func sum(appSecret string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(appSecret))
	h.Write(body)
	return h.Sum(nil)
}
