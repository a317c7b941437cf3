package auto

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// CheckStore finds what is wrong with a spec of Store without opening or creating anything: its form, and the folder of a
// file. It fails with ErrSpec.
func CheckStore(spec string) error {
	kind, path, _ := strings.Cut(strings.TrimSpace(spec), ":")
	switch {
	case kind == "" && path == "", kind == "memory" && path == "":
		return nil
	case (kind == "nats" || kind == "redis" || kind == "rediss") && path != "":
		return nil
	case kind == "file" && path != "":
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return fmt.Errorf("%w: PARLEY_STORE: %s is a folder; name a file in it", ErrSpec, path)
		}
		if info, err := os.Stat(filepath.Dir(path)); err != nil {
			return fmt.Errorf("%w: PARLEY_STORE: the folder of the file: %w; create it first", ErrSpec, err)
		} else if !info.IsDir() {
			return fmt.Errorf("%w: PARLEY_STORE: %s is not a folder", ErrSpec, filepath.Dir(path))
		}
		return nil
	}
	if strings.Contains(spec, "@") {
		spec = kind + ":..." // there may be a password in it
	}
	return fmt.Errorf("%w: PARLEY_STORE is %q; it can be %s", ErrSpec, spec, storeSpecs)
}
