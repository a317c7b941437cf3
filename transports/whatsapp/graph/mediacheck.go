package graph

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Errors of DownloadMedia. They are wrapped with particulars.
var (
	// ErrTooLarge means that a file is larger than the caller takes.
	ErrTooLarge = errors.New("graph: the file is too large")
	// ErrDamaged means that a file has another sum than Meta told.
	ErrDamaged = errors.New("graph: the file was damaged on the way")
)

// CheckSum compares a file with the SHA-256 that Meta told, in base64 as in webhooks or in hexadecimal as in the Graph
// API. Another sum is ErrDamaged. A sum that is empty or in neither form is not checked.
func CheckSum(data []byte, sum string) error {
	sum = strings.TrimSpace(sum)
	want, err := hex.DecodeString(sum)
	if err != nil || len(want) != sha256.Size {
		if want, err = base64.StdEncoding.DecodeString(sum); err != nil || len(want) != sha256.Size {
			return nil
		}
	}
	if got := sha256.Sum256(data); string(got[:]) != string(want) {
		return fmt.Errorf("%w: its SHA-256 begins with %x, want %x", ErrDamaged, got[:4], want[:4])
	}
	return nil
}
