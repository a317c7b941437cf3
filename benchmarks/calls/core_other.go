//go:build !linux

package calls

import (
	"os/exec"
	"time"
)

// startPinned starts a program; which core it gets is up to the system.
func startPinned(cmd *exec.Cmd) (core int, release func(), err error) {
	return -1, func() {}, cmd.Start()
}

// coreBusy is not known.
func coreBusy(int) time.Duration { return 0 }
