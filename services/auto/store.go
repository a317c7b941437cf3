package auto

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/memory"
)

// Store opens the store that spec names: "memory", "file:PATH", or "" for the file parley/conversations.db in the
// user's data folder (XDG_DATA_HOME, or ~/.local/share), which is created. The caller closes it.
func Store(spec string) (services.Store, error) {
	kind, path, _ := strings.Cut(strings.TrimSpace(spec), ":")
	switch {
	case kind == "memory" && path == "":
		return memory.New(), nil
	case kind == "file" && path != "":
		return openFile(path, "name another file with PARLEY_STORE=file:PATH")
	case kind == "":
		path, err := dataFile()
		if err != nil {
			return nil, err
		}
		return openFile(path, "or set PARLEY_STORE to memory or file:PATH")
	}
	return nil, fmt.Errorf("%w: PARLEY_STORE is %q; it can be memory or file:PATH", ErrSpec, spec)
}

func openFile(path, hint string) (services.Store, error) {
	s, err := bolt.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, hint)
	}
	return s, nil
}

// dataFile returns the default file and creates its folder, for the user alone: it holds what people said.
func dataFile() (string, error) {
	base := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(base) { // relative paths are to be ignored, as the XDG specification says
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("auto: no folder for conversations: %w; set PARLEY_STORE to memory or file:PATH", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	dir := filepath.Join(base, "parley")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("auto: no folder for conversations: %w; set PARLEY_STORE to memory or file:PATH", err)
	}
	return filepath.Join(dir, "conversations.db"), nil
}
