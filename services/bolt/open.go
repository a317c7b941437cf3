package bolt

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// bucket holds all values. The number is the format's: a value is its revision, 8 bytes big endian, and its bytes.
var bucket = []byte("parley.1")

// Open opens the store in the file at path, or creates it; its folder must exist. It checks the whole file, which
// takes about a second for each gigabyte, and fails with ErrLocked, ErrNotStore, ErrCorrupt or the error of the
// file system.
func Open(path string, opts ...Option) (*Store, error) {
	cfg := config{lockTimeout: time.Second}
	for _, o := range opts {
		o(&cfg)
	}
	if err := checkPlace(path); err != nil {
		return nil, err
	}
	db, err := openChecked(path, cfg)
	if err != nil {
		return nil, err
	}
	return &Store{db: db, path: path, turn: make(chan struct{}, 1)}, nil
}

// checkPlace says clearly what the file system's own errors leave to guess.
func checkPlace(path string) error {
	if path == "" {
		return errors.New("bolt: no file name given")
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("bolt: %s is a folder; name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("bolt: %s is not a regular file", path)
	case !errors.Is(err, fs.ErrNotExist):
		return nil // opening it says what is wrong, if anything is
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("bolt: the folder for %s cannot be used: %w; create it first", path, err)
	}
	return nil
}

// openChecked opens the database and proves that all of it can be read. Damaged pages make bbolt panic, and a file
// that was cut short makes the memory map fault; both become errors here, before anything is written.
func openChecked(path string, cfg config) (db *bbolt.DB, err error) {
	var file *os.File
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = damaged(path, fmt.Errorf("%v", r))
		}
		if err != nil && file != nil {
			// Wherever bbolt gave up, the file must not stay locked.
			unlock(file)
			file.Close()
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout:      cfg.lockTimeout,
		FreelistType: bbolt.FreelistMapType,
		OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			var err error
			file, err = os.OpenFile(name, flag, mode)
			return file, err
		},
	})
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s; end that process, or use another file", ErrLocked, path)
	case errors.Is(err, berrors.ErrChecksum):
		return nil, damaged(path, err)
	case isFileSystem(err):
		return nil, fmt.Errorf("bolt: cannot open the store: %w", err)
	case err != nil:
		return nil, notStore(path, err)
	}
	if err := check(db, file); err != nil {
		db.Close()
		return nil, damaged(path, err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucket)
		return err
	}); err != nil {
		db.Close()
		return nil, fmt.Errorf("bolt: cannot write to %s: %w", path, err)
	}
	return db, nil
}

// isFileSystem tells errors of the operating system from those about what is in the file.
func isFileSystem(err error) bool {
	var path *fs.PathError
	var number syscall.Errno
	return errors.As(err, &path) || errors.As(err, &number)
}

func notStore(path string, err error) error {
	return fmt.Errorf("%w: %s (%w); it was left as it is: name another file", ErrNotStore, path, err)
}

func damaged(path string, err error) error {
	return fmt.Errorf("%w: %s (%w); it was left as it is: restore a copy, or name another file", ErrCorrupt, path, err)
}

// check reads every page.
func check(db *bbolt.DB, file *os.File) error {
	return db.View(func(tx *bbolt.Tx) error {
		info, err := file.Stat()
		if err != nil {
			return err
		}
		if info.Size() < tx.Size() {
			return fmt.Errorf("it has %d bytes of %d", info.Size(), tx.Size())
		}
		// Once here, where a fault becomes a panic: tx.Check reads on a goroutine of its own.
		if err := tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return readAll(b) }); err != nil {
			return err
		}
		var first error
		for err := range tx.Check() { // to its end: the checking goroutine ends with the last error
			if first == nil {
				first = err
			}
		}
		return first
	})
}

// readAll finds every key of a bucket, and of those in it, by walking and by searching: so every page is read, and
// every key in the pages that lead to others is compared.
func readAll(b *bbolt.Bucket) error {
	return b.ForEach(func(k, v []byte) error {
		if v == nil {
			inner := b.Bucket(k)
			if inner == nil {
				return fmt.Errorf("a bucket in it cannot be found")
			}
			return readAll(inner)
		}
		if !bytes.Equal(b.Get(k), v) {
			return fmt.Errorf("a key of %d bytes in it cannot be found", len(k))
		}
		return nil
	})
}
