package bolt

import (
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

	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// bucket holds all values. The number is the format's: a value is its revision, 8 bytes big endian, and its bytes.
var bucket = []byte("parley.1")

// Open opens the store in the file at path, or creates it; its folder must exist, and the first change makes the logs in it,
// which take 16 MiB. It checks the whole file, which takes about a second for each gigabyte, and takes over what a process
// that did not close it has left in the logs. It fails with ErrLocked, ErrNotStore, ErrCorrupt, ErrForeignLog or the error of the file system.
func Open(path string, opts ...Option) (*Store, error) {
	cfg := config{
		lockTimeout: time.Second, logBytes: 8 << 20, foldAfter: 10 * time.Second, patience: 5 * time.Second, openLog: wal.OpenFile,
	}
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
	s, err := start(db, path, cfg)
	if err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

// start takes over what the logs have and makes the store.
func start(db *bbolt.DB, path string, cfg config) (*Store, error) {
	st, last, err := takeOver(db, path)
	if err != nil {
		return nil, err
	}
	s := &Store{
		db: db, path: path, cfg: cfg, turn: make(chan struct{}, 1), revision: last, pending: make(map[string][]byte), state: st,
		active: newOverlay(st.folded+1, last), room: make(chan struct{}, 1), kick: make(chan struct{}, 1),
		age: time.NewTimer(cfg.foldAfter), quit: make(chan struct{}),
	}
	s.pool.New = func() any { return &change{done: make(chan struct{}, 1)} }
	s.age.Stop()
	s.room <- struct{}{}
	s.folder.Go(s.runFolder) // ends with Close
	return s, nil
}

// checkPlace says clearly what the file system's own errors leave to guess.
func checkPlace(path string) error {
	if path == "" {
		return errors.New("bolt: no file name given")
	}
	info, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case err == nil && info.IsDir():
		return fmt.Errorf("bolt: %s is a folder; name a file in it", path)
	case err == nil && !info.Mode().IsRegular():
		return fmt.Errorf("bolt: %s is not a regular file", path)
	case !missing:
		return nil // opening it says what is wrong, if anything is
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil {
		return fmt.Errorf("bolt: the folder for %s cannot be used: %w; create it first", path, err)
	}
	for epoch := range uint64(2) {
		if info, err := os.Stat(logPath(path, epoch)); err == nil && info.Size() > 0 {
			return fmt.Errorf("%w: %s is missing, and %s, which has changes of it, is there; put the file back, or move its logs away",
				ErrCorrupt, path, info.Name())
		}
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
		NoStatistics: true,
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
