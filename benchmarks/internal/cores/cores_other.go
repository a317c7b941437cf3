//go:build !linux

package cores

import (
	"os/exec"
	"time"
)

// Start starts a program; which core it gets is up to the system.
func Start(cmd *exec.Cmd) (core int, release func(), err error) {
	return -1, func() {}, cmd.Start()
}

// Busy is not known.
func Busy(int) time.Duration { return 0 }
