package auto_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services/auto"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/services/redis"
)

func TestStore(t *testing.T) {
	data := t.TempDir()
	t.Setenv("XDG_DATA_HOME", data)
	file := filepath.Join(t.TempDir(), "a:b.db")
	for spec, check := range map[string]func(any) bool{
		"memory":       func(s any) bool { _, ok := s.(*memory.Store); return ok },
		"file:" + file: func(s any) bool { _, ok := s.(*bolt.Store); return ok && exists(file) },
		"":             func(s any) bool { return exists(filepath.Join(data, "parley", "conversations.db")) },
	} {
		s, err := auto.Store(spec)
		if err != nil {
			t.Errorf("%q: %v", spec, err)
			continue
		}
		if !check(s) {
			t.Errorf("%q gave a %T", spec, s)
		}
		if _, err := s.Put(t.Context(), "k", []byte("v"), 0); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	if info, err := os.Stat(filepath.Join(data, "parley")); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read the folder: %v %v", info.Mode(), err)
	}
}

func TestStoreInHome(t *testing.T) {
	home := t.TempDir()
	t.Setenv("XDG_DATA_HOME", "relative/does/not/count")
	t.Setenv("HOME", home)
	s, err := auto.Store("")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if !exists(filepath.Join(home, ".local", "share", "parley", "conversations.db")) {
		t.Error("no file in the home folder")
	}
}

func TestStoreErrors(t *testing.T) {
	for spec, want := range map[string]struct {
		kind error
		says string
	}{
		"mongodb:x":       {auto.ErrSpec, "memory, file:PATH"},
		"redis:":          {auto.ErrSpec, "redis:URL"},
		"memory:x":        {auto.ErrSpec, "memory:x"},
		"file:":           {auto.ErrSpec, "file:PATH"},
		"file:/none/s.db": {fs.ErrNotExist, "PARLEY_STORE"},
		// The discard port of this machine: nothing listens there.
		"nats:nats://127.0.0.1:9":    {nats.ErrUnavailable, "PARLEY_STORE"},
		"nats://127.0.0.1:9":         {nats.ErrUnavailable, "nats://127.0.0.1:9"},
		"nats:127.0.0.1:9":           {nats.ErrUnavailable, "nats-server -js"},
		"redis:redis://127.0.0.1:9":  {redis.ErrUnavailable, "PARLEY_STORE"},
		"redis:rediss://127.0.0.1:9": {redis.ErrUnavailable, "127.0.0.1:9"},
		"redis://127.0.0.1:9/1":      {redis.ErrUnavailable, "127.0.0.1:9"},
		"rediss://127.0.0.1:9":       {redis.ErrUnavailable, "127.0.0.1:9"},
		"redis:127.0.0.1:9":          {redis.ErrUnavailable, "127.0.0.1:9"},
	} {
		s, err := auto.Store(spec)
		if err == nil {
			s.Close()
			t.Errorf("%q: no error", spec)
			continue
		}
		if !errors.Is(err, want.kind) || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%q: error %v", spec, err)
		}
	}
}

func TestStoreErrorsKeepPasswords(t *testing.T) {
	for _, spec := range []string{
		"redsi://ada:secret@host", "redis:redis://ada:secret@127.0.0.1:9", "redis://ada:sec%zzret@127.0.0.1:9",
		"nats://ada:secret@127.0.0.1:9", "nats:nats://secret@127.0.0.1:9", "nats://ada:secret@127.0.0.1:port",
	} {
		s, err := auto.Store(spec)
		if err == nil {
			s.Close()
			t.Errorf("%q: no error", spec)
			continue
		}
		if strings.Contains(err.Error(), "sec") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
