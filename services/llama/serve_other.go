//go:build !(cgo && linux && (amd64 || arm64))

package llama

import (
	"fmt"
	"os"
)

const (
	supported = false
	selfPath  = ""
)

// serveChild is never reached: Start refuses before it starts a process.
func serveChild(string) int {
	fmt.Fprintln(os.Stderr, ErrPlatform)
	return 1
}
