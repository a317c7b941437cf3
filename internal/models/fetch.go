package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// maxFetch limits one download. The biggest archive has 93 MB: this allows 0.5 Mbit/s.
const maxFetch = 25 * time.Minute

// fetch returns the path of a package's archive, verified. One that an earlier run left is used again.
func (c *cache) fetch(ctx context.Context, in *Installer, b *bundle) (string, error) {
	dir := c.download(b)
	if path, err := c.verifyArchive(in, b, dir); err == nil {
		return path, nil
	}
	// Whatever lies here is half a download or a wrong one.
	if err := os.RemoveAll(dir); err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "tmp"), 0o755); err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	ctx, cancel := context.WithTimeout(ctx, maxFetch)
	defer cancel()
	cl, err := findClient(ctx, b.registry)
	if err != nil {
		return "", err
	}
	in.step(b, Downloading, 0, b.bytes)
	stop := watch(dir, func(n int64) { in.step(b, Downloading, min(n, b.bytes), b.bytes) })
	err = cl.download(ctx, b, dir)
	stop()
	if err != nil {
		return "", err
	}
	in.step(b, Downloading, b.bytes, b.bytes)
	return c.verifyArchive(in, b, dir)
}

// verifyArchive looks for the one archive in dir and compares its hash with the manifest's.
func (c *cache) verifyArchive(in *Installer, b *bundle, dir string) (string, error) {
	pattern := "*.whl"
	if b.registry == npm {
		pattern = "*.tgz"
	}
	found, err := filepath.Glob(filepath.Join(dir, pattern))
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", fmt.Errorf("%w: the client for %s left %d archives in %s", ErrDownload, b, len(found), dir)
	}
	in.step(b, Verifying, 0, b.bytes)
	sum, err := hashFile(found[0])
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	if sum != b.sha256 {
		return "", fmt.Errorf("%w: the archive of %v has SHA-256 %s and should have %s: the download was damaged, or "+
			"the registry serves another file under this name; delete %s and run `parley setup` again",
			ErrCorrupt, b, sum, b.sha256, found[0])
	}
	in.step(b, Verifying, b.bytes, b.bytes)
	return found[0], nil
}

// watch reports the size of the biggest file below dir a few times a second until the returned function is called,
// which waits for the last report. pip and npm write to a temporary file first, and may keep a copy in their cache.
func watch(dir string, report func(bytes int64)) (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	// Ends when stop is called.
	go func() {
		defer close(done)
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				report(biggest(dir))
			}
		}
	}()
	return func() { close(quit); <-done }
}

// biggest returns the size of the biggest file below dir. Files come and go meanwhile; that is no error.
func biggest(dir string) int64 {
	var most int64
	_ = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			most = max(most, info.Size())
		}
		return nil
	})
	return most
}
