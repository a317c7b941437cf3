//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package bolt

import (
	"os"
	"syscall"
)

// unlock gives back the lock of a file that bbolt has left open. Closing the file is not enough: bbolt's memory map
// keeps it, and with it the lock, until the process ends.
func unlock(file *os.File) { _ = syscall.Flock(int(file.Fd()), syscall.LOCK_UN) }
