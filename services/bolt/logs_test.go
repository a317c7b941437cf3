package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

const (
	ends = "-log1 -log2"
	// later is the second one of a store from crashed.
	later = "-log1"
)

// crashed returns the path of a store whose process has ended with changes in both logs, each in a group of its own: key0 to
// key5 in the earlier, and key6 to key8 in the later one.
func crashed(t *testing.T) string {
	t.Helper()
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(2048, time.Hour))
	defer s.Close()
	if _, err := s.Put(t.Context(), "first", []byte("in the file"), 0); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openWith(t, s.Path(), bolt.WithLogs(2048, time.Hour))
	defer s.Close()
	if _, err := s.Put(t.Context(), "key0", value(0), 0); err != nil { // makes the logs
		t.Fatal(err)
	}
	release := s.HoldFile(t)
	for i := range 8 {
		if _, err := s.Put(t.Context(), fmt.Sprint("key", i+1), value(i+1), 0); err != nil {
			t.Fatal(err)
		}
	}
	to := bolt.CopyFiles(t, s.Path(), t.TempDir())
	release()
	return to
}

func value(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 230) }

func openWith(t *testing.T, path string, opts ...bolt.Option) *bolt.Store {
	t.Helper()
	s, err := bolt.Open(path, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// held tells which of the keys that crashed has put are there; a value that nobody has put fails the test.
func held(t *testing.T, s services.Store) string {
	t.Helper()
	var all []string
	for i := range 9 {
		got, _, err := s.Get(t.Context(), fmt.Sprint("key", i))
		switch {
		case errors.Is(err, services.ErrNotFound):
		case err != nil || !bytes.Equal(got, value(i)):
			t.Errorf("key%d is %q, %v", i, got, err)
		default:
			all = append(all, fmt.Sprint(i))
		}
	}
	if got, _, err := s.Get(t.Context(), "first"); err != nil || string(got) != "in the file" {
		t.Errorf("first is %q, %v", got, err)
	}
	return strings.Join(all, "")
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// refused wants an error of a kind that names a file, and all files as they were.
func refused(t *testing.T, path string, kind error, names string) {
	t.Helper()
	before := contents(t, path)
	s, err := bolt.Open(path)
	if err == nil {
		s.Close()
		t.Error("no error")
		return
	}
	if !errors.Is(err, kind) || !strings.Contains(err.Error(), names) || !strings.HasPrefix(err.Error(), "bolt: ") {
		t.Errorf("error %v, want %v that names %s", err, kind, names)
	}
	if after := contents(t, path); after != before {
		t.Error("files were changed")
	}
}

func contents(t *testing.T, path string) string {
	names, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, name := range names {
		fmt.Fprintf(&all, "%s %q\n", name, read(t, name))
	}
	return all.String()
}

func TestLogsAreTakenOver(t *testing.T) {
	path := crashed(t)
	s := openWith(t, path)
	if got := held(t, s); got != "012345678" {
		t.Errorf("there are keys %s", got)
	}
	if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
	revision, err := s.Put(t.Context(), "more", nil, 0)
	if err != nil || revision != 11 {
		t.Errorf("revision %d after 10, %v", revision, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = openWith(t, path)
	defer s.Close()
	if got := held(t, s); got != "012345678" {
		t.Errorf("later there are keys %s", got)
	}
}

func TestMissingLogs(t *testing.T) {
	path := crashed(t)
	for i, end := range strings.Fields(ends) {
		kept := read(t, path+end)
		remove(t, path+end)
		refused(t, path, bolt.ErrCorrupt, path+end)
		write(t, path+end, nil) // as the error says
		copied := bolt.CopyFiles(t, path, t.TempDir())
		s := openWith(t, copied)
		if got, want := held(t, s), []string{"012345", "678"}[i]; got != want {
			t.Errorf("without %s there are keys %s, want %s", end, got, want)
		}
		s.Close()
		write(t, path+end, kept)
	}
	file := read(t, path)
	remove(t, path)
	refused(t, path, bolt.ErrCorrupt, path)
	write(t, path, file)
	openWith(t, path).Close()
}

// A log that belongs to something else is not touched.
func TestForeignLogs(t *testing.T) {
	path, other := crashed(t), crashed(t)
	for _, end := range strings.Fields(ends) {
		kept := read(t, path+end)
		write(t, path+end, read(t, other+end))
		refused(t, path, bolt.ErrForeignLog, path+end)
		write(t, path+end, kept)
	}
	older := bolt.CopyFiles(t, path, t.TempDir())
	s := openWith(t, path) // and closes it: what the copy's logs hold is in the file
	s.Close()
	closed := bolt.CopyFiles(t, path, t.TempDir())
	write(t, closed+"-log1", read(t, other+"-log1"))
	refused(t, closed, bolt.ErrForeignLog, closed+"-log1")
	write(t, closed+"-log1", []byte("my diary"))
	refused(t, closed, bolt.ErrForeignLog, closed+"-log1")

	// Its own logs may be left, if it was killed just before it had removed them.
	for _, end := range strings.Fields(ends) {
		write(t, closed+end, read(t, older+end))
	}
	s = openWith(t, closed)
	defer s.Close()
	if got := held(t, s); got != "012345678" {
		t.Errorf("there are keys %s", got)
	}
	if left, _ := filepath.Glob(closed + "-*"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// Logs that were made just before a crash, and of which the file does not know yet, are no others' logs.
func TestLogsThatWereNotUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openWith(t, path).Close()
	closed := read(t, path)
	s := openWith(t, path, bolt.WithLogs(2048, time.Hour), bolt.WithLogFile(func(f wal.File) wal.File { return &mute{File: f} }))
	defer s.Close()
	if _, err := s.Put(t.Context(), "k", nil, 0); err != nil {
		t.Fatal(err)
	}
	copied := bolt.CopyFiles(t, path, t.TempDir())
	write(t, copied, closed)
	openWith(t, copied).Close()
	if left, _ := filepath.Glob(copied + "-*"); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}

// mute writes nothing.
type mute struct{ wal.File }

func (*mute) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }

// An older copy of the file is not mixed with the changes of a later time.
func TestOlderFile(t *testing.T) {
	s := openWith(t, filepath.Join(t.TempDir(), "store.db"), bolt.WithLogs(2048, time.Hour))
	defer s.Close()
	put := func(n int) {
		if _, err := s.Put(t.Context(), fmt.Sprint(n), make([]byte, 300), 0); err != nil {
			t.Fatal(err)
		}
	}
	put(0)
	older := s.Crash(t, t.TempDir())
	for n := range 60 {
		put(n + 1)
	}
	now := s.Crash(t, t.TempDir())
	for _, end := range strings.Fields(ends) {
		write(t, older+end, read(t, now+end))
	}
	refused(t, older, bolt.ErrForeignLog, "-log")
}

// Damage in a log is reported, and nothing is changed; only the very end of the last log cannot be told from what was being
// written at the crash.
func TestDamagedLogs(t *testing.T) {
	path := crashed(t)
	const group = 48 + 9 + 4 + 8 + 230 // bytes of one
	const used = 64 + 3*group          // bytes of the later log
	files := map[string][]byte{"": read(t, path)}
	for _, end := range strings.Fields(ends) {
		files[end] = read(t, path+end)
	}
	step := 31
	if testing.Short() {
		step = 97
	}
	try := func(what, end string, damaged []byte, mayLose bool) {
		for e, content := range files {
			write(t, path+e, content)
		}
		write(t, path+end, damaged)
		s, err := bolt.Open(path)
		if err != nil {
			if !errors.Is(err, bolt.ErrCorrupt) || !strings.Contains(err.Error(), path+end) {
				t.Errorf("%s of %s: error %v", what, end, err)
			}
			if !bytes.Equal(read(t, path+end), damaged) || !bytes.Equal(read(t, path), files[""]) {
				t.Errorf("%s of %s: Open has changed the files", what, end)
			}
			return
		}
		defer s.Close()
		if got := held(t, s); got != "012345678" && (!mayLose || len(got) < 6 || !strings.HasPrefix("012345678", got)) {
			t.Errorf("%s of %s: there are keys %s", what, end, got)
		}
	}
	for end, content := range files {
		if end == "" {
			continue
		}
		for at := 0; at < len(content); at++ {
			if at >= 64 && (at-64)%group > 48 && at%step > 0 { // all of the headers, some of the rest
				continue
			}
			last := end == later && at >= used-group && at < used
			flipped := bytes.Clone(content)
			flipped[at] ^= byte(1 << (at % 8))
			try(fmt.Sprint("byte ", at), end, flipped, last)
			if at > 0 && at%step == 0 {
				try(fmt.Sprint("cut at ", at), end, content[:at], false)
			}
			zeros := bytes.Clone(content)
			clear(zeros[at:min(at+512, len(zeros))])
			if at%step == 0 {
				try(fmt.Sprint("sector at ", at), end, zeros, end == later && at+512 > used-group)
			}
		}
	}
}

// The file of a version without logs is a store, and so is this one's for the other.
func TestFileOfBeforeLogs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("parley.1"))
		if err != nil {
			return err
		}
		if err := b.SetSequence(41); err != nil {
			return err
		}
		return b.Put([]byte("k"), append([]byte{0, 0, 0, 0, 0, 0, 0, 40}, "value"...))
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	s := openWith(t, path)
	defer s.Close()
	if got, revision, err := s.Get(t.Context(), "k"); err != nil || string(got) != "value" || revision != 40 {
		t.Errorf("%q at %d, %v", got, revision, err)
	}
	if revision, err := s.Put(t.Context(), "k", nil, 40); err != nil || revision != 42 {
		t.Errorf("revision %d, %v", revision, err)
	}
}

func TestDamagedState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	openWith(t, path).Close()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte("parley.log"))
		if err != nil {
			return err
		}
		return b.Put([]byte("state"), []byte("hello"))
	}); err != nil {
		t.Fatal(err)
	}
	db.Close()
	refused(t, path, bolt.ErrCorrupt, path)
}
