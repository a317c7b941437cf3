package wal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var session = ID{1, 2, 3}

// newLog makes a log in a file of its own, at its first epoch.
func newLog(t testing.TB, size int64, epoch uint64) (path string, l *Log) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log")
	if err := Create(path, session, size); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	l = NewLog(f, session, size)
	t.Cleanup(func() { l.Close() })
	l.Begin(epoch, 7)
	return path, l
}

// groups are as many groups of different sizes.
func groups(n int) (all [][]Record) {
	for i := range n {
		var g []Record
		for k := range i%3 + 1 {
			r := Record{Key: fmt.Sprint("key", i, k), Value: bytes.Repeat([]byte{byte(i)}, 20*i*k)}
			if i%4 == 3 {
				r = Record{Key: r.Key, Deleted: true}
			}
			g = append(g, r)
		}
		all = append(all, g)
	}
	return all
}

func appendAll(t testing.TB, l *Log, all [][]Record) {
	t.Helper()
	var g Group
	for _, records := range all {
		g.Reset()
		for _, r := range records {
			if r.Deleted {
				g.Delete(r.Key)
			} else {
				g.Put(r.Key, r.Value)
			}
		}
		if err := l.Append(&g); err != nil {
			t.Fatal(err)
		}
	}
}

func wantGroups(t *testing.T, path string, epoch uint64, want [][]Record) {
	t.Helper()
	c, err := Read(path, session, epoch)
	if err != nil {
		t.Error(err)
		return
	}
	if d := cmp.Diff(want, c.Groups); d != "" {
		t.Errorf("epoch %d: %s", epoch, d)
	}
	if len(want) > 0 && c.Before != 7 {
		t.Errorf("%d groups before, want 7", c.Before)
	}
}

func TestGroupsComeBack(t *testing.T) {
	path, l := newLog(t, 4096, 5)
	wantGroups(t, path, 5, nil)
	appendAll(t, l, groups(9))
	wantGroups(t, path, 5, groups(9))
	wantGroups(t, path, 7, nil)
	if _, err := Read(path, session, 3); !errors.Is(err, ErrLater) {
		t.Errorf("error %v", err)
	}
	// The next use of the file is shorter: what is behind it is not seen.
	l.Begin(7, 7)
	wantGroups(t, path, 5, groups(9))
	appendAll(t, l, groups(2))
	wantGroups(t, path, 7, groups(2))
}

func TestGroupLargerThanTheFile(t *testing.T) {
	path, l := newLog(t, 4096, 1)
	big := [][]Record{{{Key: "big", Value: bytes.Repeat([]byte("x"), 10_000)}}}
	if !l.Fits(10_000) {
		t.Error("the first group must always fit")
	}
	appendAll(t, l, big)
	if l.Fits(1) {
		t.Error("the file is full")
	}
	wantGroups(t, path, 1, big)
	l.Begin(3, 7)
	if info, err := os.Stat(path); err != nil || info.Size() != 4096 {
		t.Errorf("the file stays at %d bytes, %v", info.Size(), err)
	}
	appendAll(t, l, groups(3))
	wantGroups(t, path, 3, groups(3))
}

// half writes a part of what it is given and fails.
type half struct {
	File
	bytes int // that are written; -1 for all, without an error
}

func (h *half) WriteAt(b []byte, at int64) (int, error) {
	if h.bytes < 0 {
		return h.File.WriteAt(b, at)
	}
	n, err := h.File.WriteAt(b[:min(h.bytes, len(b))], at)
	return n, errors.Join(err, errors.New("no space left on device"))
}

func TestNothingFollowsAFailure(t *testing.T) {
	path, l := newLog(t, 4096, 1)
	appendAll(t, l, groups(2))
	h := &half{l.file, 60}
	l.file = h
	var g Group
	g.Put("k", bytes.Repeat([]byte("x"), 100))
	if err := l.Append(&g); err == nil {
		t.Fatal("no error")
	}
	h.bytes = -1
	if l.Fits(1) || l.Append(&g) == nil || l.Groups() != 2 {
		t.Error("it goes on behind what is not known to be there")
	}
	wantGroups(t, path, 1, groups(2))
	l.Begin(3, 7)
	appendAll(t, l, groups(3))
	wantGroups(t, path, 3, groups(3))
}

// What was cut off or turned over within the last group ends the log there; before that it is damage.
func TestEveryDamagedByte(t *testing.T) {
	path, l := newLog(t, 2048, 1)
	appendAll(t, l, groups(5))
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	end := int(l.end)
	appendAll(t, l, groups(1)) // one more, which is the last
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range all {
		data := bytes.Clone(all)
		data[at] ^= 0x40
		c, err := parse(data, session, 1)
		switch {
		case at < end && !errors.Is(err, ErrDamaged):
			// The padding of the header is checked, too.
			t.Errorf("byte %d: error %v", at, err)
		case at >= end && at < int(l.end) && (err != nil || len(c.Groups) != 5):
			t.Errorf("byte %d of the last group: %d groups, %v", at, len(c.Groups), err)
		case at >= int(l.end) && (err != nil || len(c.Groups) != 6):
			t.Errorf("byte %d behind the end: %d groups, %v", at, len(c.Groups), err)
		}
		// A write that was torn leaves what was there behind it.
		torn := append(bytes.Clone(all[:at]), good[at:]...)
		if c, err := parse(torn, session, 1); err != nil || len(c.Groups) != 5 && at < int(l.end) {
			t.Errorf("torn at byte %d: %d groups, %v", at, len(c.Groups), err)
		}
		if _, err := parse(all[:at], session, 1); at > 0 && !errors.Is(err, ErrDamaged) {
			t.Errorf("cut at byte %d: %v", at, err)
		}
	}
}

func TestOtherFiles(t *testing.T) {
	path, l := newLog(t, 1024, 1)
	if _, err := Read(path, ID{9}, 1); !errors.Is(err, ErrUnused) || !errors.Is(err, ErrForeign) {
		t.Errorf("error %v", err)
	}
	appendAll(t, l, groups(1))
	if _, err := Read(path, ID{9}, 1); errors.Is(err, ErrUnused) || !errors.Is(err, ErrForeign) {
		t.Errorf("error %v", err)
	}
	if _, err := Read(path+"2", session, 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	for content, want := range map[string]error{
		"": ErrEmpty, "hello": ErrDamaged, strings.Repeat("\x00", 5000): ErrDamaged, strings.Repeat("Dear diary! ", 99): ErrDamaged,
	} {
		if _, err := parse([]byte(content), session, 1); !errors.Is(err, want) {
			t.Errorf("%.20q: error %v", content, err)
		}
	}
}

// A value that holds a whole log of groups is a value all the same, also if its own group is torn.
func TestValueThatLooksLikeGroups(t *testing.T) {
	path, l := newLog(t, 1<<16, 1)
	other, stranger := newLog(t, 4096, 1)
	stranger.id = ID{} // whoever writes it does not know the session
	appendAll(t, stranger, groups(6))
	value, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, [][]Record{{{Key: "k", Value: value}}})
	wantGroups(t, path, 1, [][]Record{{{Key: "k", Value: value}}})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(data[l.end-1:])
	data[l.end-2] ^= 1
	if c, err := parse(data, session, 1); err != nil || len(c.Groups) != 0 {
		t.Errorf("%d groups, %v", len(c.Groups), err)
	}
}

func TestCreateFails(t *testing.T) {
	if err := Create(filepath.Join(t.TempDir(), "none", "log"), session, 100); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v", err)
	}
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "log", "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Create(filepath.Join(dir, "log"), session, 100); err == nil {
		t.Error("it has replaced a folder")
	}
	if _, err := os.Stat(filepath.Join(dir, "log"+unfinished)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it has left something: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	path, l := newLog(f, 1024, 1)
	appendAll(f, l, groups(5))
	good, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint16(0), byte(0))
	f.Add(good, uint16(70), byte(1))
	f.Add(good[:fileBytes], uint16(0), byte(0))
	f.Fuzz(func(t *testing.T, data []byte, at uint16, x byte) {
		if len(data) > 0 {
			data = bytes.Clone(data)
			data[int(at)%len(data)] ^= x
		}
		c, err := parse(data, session, 1)
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrEmpty) && !errors.Is(err, ErrForeign) && !errors.Is(err, ErrLater) {
			t.Errorf("error %v", err)
		}
		for _, g := range c.Groups {
			for _, r := range g {
				if r.Deleted && r.Value != nil {
					t.Error("a key that is gone has a value")
				}
			}
		}
	})
}

// FuzzRecords reads records behind checksums that are right.
func FuzzRecords(f *testing.F) {
	var g Group
	g.Put("key", []byte("value"))
	g.Delete("other")
	f.Add(g.buf[groupBytes:], uint32(2))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255}, uint32(1))
	f.Fuzz(func(t *testing.T, data []byte, count uint32) {
		records, err := parseRecords(data, count)
		if err != nil {
			return
		}
		var again Group
		for _, r := range records {
			if r.Deleted {
				again.Delete(r.Key)
			} else {
				again.Put(r.Key, r.Value)
			}
		}
		// A deletion may have come with a value, which is ignored.
		if len(records) > 0 && len(again.buf)-groupBytes > len(data) {
			t.Errorf("%d bytes became %d", len(data), len(again.buf)-groupBytes)
		}
	})
}
