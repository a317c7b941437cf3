package models

import (
	"fmt"
	"os"
	"path/filepath"
)

// EnvDir is the environment variable that overrides where files are kept.
const EnvDir = "PARLEY_CACHE"

// Dir returns the folder in which files are kept: what PARLEY_CACHE says, else the folder parley below the user's
// cache folder. It need not exist yet.
func Dir() (string, error) {
	if dir := os.Getenv(EnvDir); dir != "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return "", fmt.Errorf("%w: %s=%q: %w", ErrCache, EnvDir, dir, err)
		}
		return abs, nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("%w: %w; set %s to a folder that can be written", ErrCache, err, EnvDir)
	}
	return filepath.Join(base, "parley"), nil
}
