package workspace_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-voice/parley/processors/workspace"
)

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		write(t, filepath.Join(dir, name), text)
	}
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestTheFilesHaveAnOrder(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"Zoo.md": "\ufeffzoo\r\n", "agents.MD": "  who\n", "a.md": "a", "Hours.md": "hours", "notes.txt": "no", ".hidden.md": "no", "empty.md": "\n",
	})
	if err := os.Mkdir(filepath.Join(dir, "folder.md"), 0o700); err != nil {
		t.Fatal(err)
	}
	w, err := workspace.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := "[agents.MD]\nwho\n\n[a.md]\na\n\n[Hours.md]\nhours\n\n[Zoo.md]\nzoo"
	if got := w.Prompt(); got != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(folder(t, map[string]string{"AGENTS.md": "x"}), "AGENTS.md")
	dangling := folder(t, nil)
	if err := os.Symlink(filepath.Join(dangling, "gone"), filepath.Join(dangling, "a.md")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		dir  string
		is   error
		says string
	}{
		"no folder":     {filepath.Join(t.TempDir(), "agent"), workspace.ErrFolder, "AGENTS.md"},
		"a file":        {file, workspace.ErrFolder, file},
		"nothing in it": {t.TempDir(), workspace.ErrEmpty, "AGENTS.md"},
		"no words":      {folder(t, map[string]string{"AGENTS.md": " \n"}), workspace.ErrEmpty, "AGENTS.md"},
		"too large":     {folder(t, map[string]string{"AGENTS.md": strings.Repeat("x", 60), "b.md": strings.Repeat("x", 50)}), workspace.ErrTooLarge, "b.md"},
		"no text":       {folder(t, map[string]string{"AGENTS.md": "\xff\xfe"}), workspace.ErrNotText, "AGENTS.md"},
		"a dead link":   {dangling, workspace.ErrFolder, "a.md"},
	} {
		_, err := workspace.Open(tt.dir, workspace.WithLimit(100))
		if !errors.Is(err, tt.is) || !strings.Contains(fmt.Sprint(err), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestChangesAreNoticed(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"AGENTS.md": "one"})
	path := filepath.Join(dir, "AGENTS.md")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		w, err := workspace.Open(dir, workspace.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		if err != nil {
			t.Fatal(err)
		}
		later := func(want string) {
			t.Helper()
			time.Sleep(2 * time.Second)
			for range 3 {
				if got := w.Prompt(); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
				time.Sleep(2 * time.Second)
			}
		}
		write(t, path, "two words")
		if got := w.Prompt(); got != "one" {
			t.Errorf("looked at within a second: %q", got)
		}
		later("two words")
		write(t, path, "\xff")
		later("two words")
		if n := strings.Count(log.String(), "cannot be read"); n != 1 {
			t.Errorf("told %d times:\n%s", n, log.String())
		}
		write(t, path, "three")
		later("three")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		later("three")
	})
}

func Example() {
	dir, err := os.MkdirTemp("", "agent")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	_ = os.WriteFile(filepath.Join(dir, "AGENTS.md"), []byte("You answer the phone of a bakery."), 0o600)
	w, err := workspace.Open(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(w.Prompt())
	// Output: You answer the phone of a bakery.
}
