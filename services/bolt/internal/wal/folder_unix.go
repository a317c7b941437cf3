//go:build unix

package wal

import (
	"errors"
	"os"
)

// syncFolder has new names in a folder be on the disk.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
