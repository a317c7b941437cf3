//go:build !linux

package doctext

import (
	"os"
	"runtime/debug"
)

// selfPath is this program.
func selfPath() (string, error) { return os.Executable() }

// confine bounds what this process may take, as far as that goes here.
func confine() { debug.SetMemoryLimit(childMemory) }
