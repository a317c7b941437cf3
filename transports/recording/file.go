package recording

import (
	"io"
	"os"
	"path/filepath"
)

// File is what a recording is written to. *os.File is one.
type File interface {
	io.WriteSeeker
	io.Closer
}

// Create returns the function that makes a new file, which only its owner may read, with the folders that it lies in.
// It does not replace a file that is there.
func Create(path string) func() (File, error) {
	return func() (File, error) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
}
