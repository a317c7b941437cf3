package wal

import (
	"os"
	"syscall"
)

// OpenFile opens a log file to append groups. With O_DSYNC a write is one call to the system, which returns when the bytes
// are on the disk.
func OpenFile(path string) (File, error) {
	return os.OpenFile(path, os.O_WRONLY|syscall.O_DSYNC, 0)
}
