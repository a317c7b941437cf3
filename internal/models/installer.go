package models

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Converter makes the file that a set calls name out of src, and writes it to dst. It is called for models that are
// shipped in a form that is slow to run.
type Converter func(ctx context.Context, name, src, dst string) error

// Installer fetches sets. The zero value works, silently, for all sets without converted files.
type Installer struct {
	// Report hears about progress, from one goroutine at a time. It must not block for long.
	Report func(Event)
	// Convert makes the Moonshine models fit for use: it is moonshine.Convert. It is not called directly, so that
	// finding files needs no cgo.
	Convert Converter
}

// Ensure makes sure that the given sets, and those that they need, are installed and intact, and fetches what is
// not; without arguments, all sets. When everything is there it writes nothing and needs no network. It may be
// called by several processes at once. When ctx ends, the client at work is stopped; what was finished stays.
func (in *Installer) Ensure(ctx context.Context, sets ...Set) error {
	c, err := openCache()
	if err != nil {
		return err
	}
	return c.ensure(ctx, in, sets)
}

func (c *cache) ensure(ctx context.Context, in *Installer, sets []Set) error {
	list, err := c.plan(sets)
	if err != nil {
		return err
	}
	if c.allReady(in, list) {
		return nil
	}
	if err := os.MkdirAll(c.downloads(), 0o755); err != nil {
		return fmt.Errorf("%w: %w; set %s to a folder that can be written", ErrCache, err, EnvDir)
	}
	unlock, err := lock(ctx, filepath.Join(c.root, ".lock"), func() { in.report(Event{Step: Waiting}) })
	if err != nil {
		return err
	}
	defer unlock()
	for _, b := range list {
		if err := c.install(ctx, in, b); err != nil {
			return err
		}
	}
	return nil
}

// allReady reports whether everything is there, without writing, so that a read-only cache will do.
func (c *cache) allReady(in *Installer, list []*bundle) bool {
	for _, b := range list {
		if _, err := c.check(b); err != nil {
			return false
		}
	}
	for _, b := range list {
		in.step(b, Ready, b.bytes, b.bytes)
	}
	return true
}

// install brings one package into its folder.
func (c *cache) install(ctx context.Context, in *Installer, b *bundle) error {
	if r, err := c.check(b); err == nil {
		in.step(b, Ready, b.bytes, b.bytes)
		return c.writeRecord(b, r)
	}
	if len(b.derived) > 0 && in.Convert == nil {
		return fmt.Errorf("models: %v needs a converter, and the installer has none", b)
	}
	if err := os.MkdirAll(c.folder(b), 0o755); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	archive, err := c.fetch(ctx, in, b)
	if err != nil {
		return err
	}
	r := record{Files: map[string]stamp{}}
	if err := c.unpack(ctx, in, b, archive, r); err != nil {
		return err
	}
	if err := c.convert(ctx, in, b, r); err != nil {
		return err
	}
	if err := c.writeRecord(b, r); err != nil {
		return err
	}
	in.step(b, Ready, b.bytes, b.bytes)
	if err := os.RemoveAll(c.download(b)); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// convert makes the derived files and removes what they were made of.
func (c *cache) convert(ctx context.Context, in *Installer, b *bundle, r record) error {
	for i, d := range b.derived {
		if err := ctx.Err(); err != nil {
			return err
		}
		in.step(b, Converting, int64(i), int64(len(b.derived)))
		src, dst := filepath.Join(c.folder(b), d.from), filepath.Join(c.folder(b), d.name)
		if err := in.Convert(ctx, d.name, src, dst+partial); err != nil {
			_ = os.Remove(dst + partial) // the error of the conversion tells more
			return fmt.Errorf("models: convert %s: %w", src, err)
		}
		sum, err := hashFile(dst + partial)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrCache, err)
		}
		if err := os.Rename(dst+partial, dst); err != nil {
			return fmt.Errorf("%w: %w", ErrCache, err)
		}
		if r.Files[d.name], err = stampFile(dst, sum); err != nil {
			return err
		}
	}
	for _, d := range b.derived {
		if err := os.Remove(filepath.Join(c.folder(b), d.from)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %w", ErrCache, err)
		}
		delete(r.Files, d.from)
	}
	return nil
}

func (c *cache) downloads() string { return filepath.Join(c.root, "downloads") }

// download is the folder in which a package's archive arrives.
func (c *cache) download(b *bundle) string { return filepath.Join(c.downloads(), folderName(b)) }

// folderName is a package's name and version as one folder name.
func folderName(b *bundle) string {
	name := strings.ReplaceAll(strings.TrimPrefix(b.name, "@"), "/", "-") + "-" + b.version
	if b.revision > 0 {
		name += fmt.Sprintf("-r%d", b.revision)
	}
	return name
}

func (in *Installer) report(e Event) {
	if in.Report != nil {
		in.Report(e)
	}
}

func (in *Installer) step(b *bundle, s Step, done, total int64) {
	in.report(Event{Set: b.set, Package: b.String(), Step: s, Done: done, Total: total})
}
