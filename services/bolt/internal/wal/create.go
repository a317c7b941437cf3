package wal

import (
	"errors"
	"os"
	"path/filepath"
)

// unfinished is behind the name of a log that is being made. What a crash leaves of it has no meaning.
const unfinished = ".new"

// Create makes a log file of a size, in bytes, in the place of any other of that name. It is on the disk when
// Create returns, and there is never a part of it under its name.
func Create(path string, id ID, size int64) (err error) {
	defer func() {
		if err != nil {
			err = errors.Join(err, RemoveUnfinished(path))
		}
	}()
	f, err := os.OpenFile(path+unfinished, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(f, id, max(size, fileBytes)), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(path+unfinished, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// RemoveUnfinished removes what a crash within Create has left.
func RemoveUnfinished(path string) error {
	err := os.Remove(path + unfinished)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

func fill(f *os.File, id ID, size int64) error {
	const piece = 1 << 20
	b := appendFileHeader(make([]byte, 0, piece), id, size)[:min(piece, size)]
	for at := int64(0); at < size; at += piece {
		if _, err := f.Write(b[:min(piece, size-at)]); err != nil {
			return err
		}
		clear(b[:min(fileBytes, len(b))])
	}
	return f.Sync()
}
