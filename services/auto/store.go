package auto

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/parley-voice/parley/services"
	"github.com/parley-voice/parley/services/bolt"
	"github.com/parley-voice/parley/services/memory"
	"github.com/parley-voice/parley/services/nats"
	"github.com/parley-voice/parley/services/redis"
)

// storeSpecs says what PARLEY_STORE can be.
const storeSpecs = "memory, file:PATH, nats:URL or redis:URL"

// Store opens the store that spec names: "memory", "file:PATH", "nats:URL", "redis:URL", or "" for the file
// parley/conversations.db in the user's data folder (XDG_DATA_HOME, or ~/.local/share), which is created. A URL of
// those kinds may stand alone, as in "redis://localhost:6379" or "rediss://...". The caller closes the store.
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
		return openFile(path, "or set PARLEY_STORE to "+storeSpecs)
	case kind == "nats" && path != "":
		s, err := nats.Open(context.Background(), address(spec, path))
		return opened(s, err)
	case (kind == "redis" || kind == "rediss") && path != "":
		s, err := redis.Open(context.Background(), address(spec, path))
		return opened(s, err)
	}
	if strings.Contains(spec, "@") {
		spec = kind + ":..." // there may be a password in it
	}
	return nil, fmt.Errorf("%w: PARLEY_STORE is %q; it can be %s", ErrSpec, spec, storeSpecs)
}

// address returns the URL of a spec: what follows the kind, or all of it if it is a URL by itself.
func address(spec, rest string) string {
	if strings.HasPrefix(rest, "//") {
		return strings.TrimSpace(spec)
	}
	return rest
}

// opened says which setting names a server that cannot be used.
func opened(s services.Store, err error) (services.Store, error) {
	if err != nil {
		return nil, fmt.Errorf("%w (PARLEY_STORE names it)", err)
	}
	return s, nil
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
			return "", fmt.Errorf("auto: no folder for conversations: %w; set PARLEY_STORE to "+storeSpecs, err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	dir := filepath.Join(base, "parley")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("auto: no folder for conversations: %w; set PARLEY_STORE to "+storeSpecs, err)
	}
	return filepath.Join(dir, "conversations.db"), nil
}
