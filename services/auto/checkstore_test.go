package auto_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services/auto"
)

func TestCheckStore(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]string{
		"": "", "memory": "", "file:" + filepath.Join(dir, "new.db"): "", "file:" + file: "", "nats:127.0.0.1:1": "", "rediss://host": "",
		"file:" + dir: "is a folder", "file:" + filepath.Join(dir, "no", "x.db"): "create it first",
		"file:" + filepath.Join(file, "x.db"): "not a folder", "file:": "it can be", "floppy:x": `"floppy:x"`, "floppy:a:pw@b": "floppy:...",
	} {
		err := auto.CheckStore(spec)
		if (err == nil) != (want == "") || err != nil && (!errors.Is(err, auto.ErrSpec) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "PARLEY_STORE")) {
			t.Errorf("%q: %v, want %q", spec, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new.db")); err == nil {
		t.Error("the check created the file")
	}
}
