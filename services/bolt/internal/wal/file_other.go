//go:build !linux

package wal

import "os"

// OpenFile opens a log file to append groups.
func OpenFile(path string) (File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return synced{f}, nil
}

// synced is a file whose writes are on the disk when they return.
type synced struct{ *os.File }

func (s synced) WriteAt(b []byte, at int64) (int, error) {
	n, err := s.File.WriteAt(b, at)
	if err == nil {
		err = s.Sync()
	}
	return n, err
}
