package bolt_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/bolt/internal/wal"
)

// tearing is a log file whose writes can be made to fail in the middle.
type tearing struct {
	wal.File
	m *model
}

func (f tearing) WriteAt(b []byte, at int64) (int, error) {
	if !f.m.fails {
		return f.File.WriteAt(b, at)
	}
	n, err := f.File.WriteAt(b[:min(f.m.part, len(b))], at)
	return n, errors.Join(err, errors.New("input/output error"))
}

type entry struct {
	value    []byte
	revision uint64
}

// model is a store, and what it must hold.
type model struct {
	t    *testing.T
	s    *bolt.Store
	path string

	want map[string]entry
	used map[uint64]bool // revisions

	fails bool // the next writes to the logs do
	part  int  // bytes of them that are written
}

func (m *model) open(rt *rapid.T, path string) {
	s, err := bolt.Open(path, bolt.WithLogs(4<<10, time.Millisecond), bolt.WithPatience(time.Minute),
		bolt.WithLogFile(func(f wal.File) wal.File { return tearing{f, m} }))
	if err != nil {
		rt.Fatal(err)
	}
	m.s, m.path = s, path
}

func (m *model) key(rt *rapid.T) string {
	return fmt.Sprint("key", rapid.IntRange(0, 7).Draw(rt, "key"))
}

func (m *model) value(rt *rapid.T) []byte {
	return bytes.Repeat([]byte{rapid.Byte().Draw(rt, "byte")}, rapid.SampledFrom([]int{0, 1, 100, 1000, 3000, 20_000}).Draw(rt, "size"))
}

func (m *model) put(rt *rapid.T) {
	key, value := m.key(rt), m.value(rt)
	current := m.want[key].revision
	next, err := m.s.Put(m.t.Context(), key, value, current)
	if err != nil {
		rt.Fatal(err)
	}
	if m.used[next] {
		rt.Fatalf("revision %d is given again", next)
	}
	m.used[next] = true
	m.want[key] = entry{value, next}
}

func (m *model) conflict(rt *rapid.T) {
	key := m.key(rt)
	at := m.want[key].revision + rapid.Uint64Range(1, 3).Draw(rt, "off")
	if _, err := m.s.Put(m.t.Context(), key, nil, at); !errors.Is(err, services.ErrConflict) {
		rt.Fatalf("Put at %d of %d: %v", at, m.want[key].revision, err)
	}
}

func (m *model) delete(rt *rapid.T) {
	key := m.key(rt)
	if err := m.s.Delete(m.t.Context(), key); err != nil {
		rt.Fatal(err)
	}
	delete(m.want, key)
}

// fail has a change fail in the middle of the write.
func (m *model) fail(rt *rapid.T) {
	m.fails, m.part = true, rapid.SampledFrom([]int{0, 1, 47, 48, 70, 300, 1 << 20}).Draw(rt, "part")
	key, value := m.key(rt), m.value(rt)
	var err error
	deletes := rapid.Bool().Draw(rt, "deletes")
	if deletes {
		err = m.s.Delete(m.t.Context(), key)
	} else {
		_, err = m.s.Put(m.t.Context(), key, value, m.want[key].revision)
	}
	m.fails = false
	if err == nil {
		rt.Fatal("a change that cannot be written gave no error")
	}
	m.check(rt)
	if !rapid.Bool().Draw(rt, "crash") {
		m.put(rt) // from now on it must never be seen
		return
	}
	path := m.s.Crash(m.t, m.t.TempDir())
	m.leave(rt)
	m.open(rt, path)
	// It may have come to the disk as a whole, or not at all.
	got, revision, err := m.s.Get(m.t.Context(), key)
	switch {
	case deletes && errors.Is(err, services.ErrNotFound):
		delete(m.want, key)
	case !deletes && err == nil && !m.used[revision] && bytes.Equal(got, value):
		m.want[key] = entry{got, revision}
		m.used[revision] = true
	}
}

func (m *model) leave(rt *rapid.T) {
	if err := m.s.Close(); err != nil {
		rt.Fatal(err)
	}
	if left, _ := filepath.Glob(m.path + "-*"); len(left) > 0 {
		rt.Fatalf("a store that is closed leaves %v", left)
	}
}

func (m *model) check(rt *rapid.T) {
	for i := range 8 {
		key := fmt.Sprint("key", i)
		value, revision, err := m.s.Get(m.t.Context(), key)
		want, ok := m.want[key]
		if ok && (err != nil || revision != want.revision || !bytes.Equal(value, want.value)) || !ok && !errors.Is(err, services.ErrNotFound) {
			rt.Fatalf("%s is %.20q (%d bytes) at %d, %v; want %.20q (%d bytes) at %d", key, value, len(value), revision, err,
				want.value, len(want.value), want.revision)
		}
	}
}

// A store holds what it must, whatever is done, also when the machine ends or the disk fails at any moment.
func TestModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := &model{t: t, want: make(map[string]entry), used: make(map[uint64]bool)}
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			rt.Fatal(err)
		}
		m.open(rt, filepath.Join(dir, "store.db"))
		defer func() { m.s.Close() }()

		rt.Repeat(map[string]func(*rapid.T){
			"":         m.check,
			"put":      m.put,
			"put2":     m.put,
			"put3":     m.put,
			"delete":   m.delete,
			"conflict": m.conflict,
			"fail":     m.fail,
			"reopen": func(rt *rapid.T) {
				m.leave(rt)
				m.open(rt, m.path)
			},
			"crash": func(rt *rapid.T) {
				path := m.s.Crash(t, t.TempDir())

				m.leave(rt)
				m.open(rt, path)
			},
			"wait": func(rt *rapid.T) { // until all is in the file
				for m.s.Unfolded() > 0 {
					time.Sleep(time.Millisecond)
				}
			},
		})
	})
}
