package models

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// partial ends the names of files that are not finished.
const partial = ".partial"

// unpack takes the wanted files out of an archive and enters them in r.
func (c *cache) unpack(ctx context.Context, in *Installer, b *bundle, archive string, r record) error {
	want := map[string]entry{}
	var total, done int64
	for _, e := range b.entries {
		want[e.from] = e
		total += e.bytes
	}
	in.step(b, Unpacking, 0, total)
	take := func(from string, content io.Reader) error {
		e, ok := want[from]
		if !ok {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		path := filepath.Join(c.folder(b), e.name)
		if err := writeVerified(path, content, e); err != nil {
			return fmt.Errorf("%w (from %s in %s)", err, from, archive)
		}
		s, err := stampFile(path, e.sha256)
		if err != nil {
			return err
		}
		r.Files[e.name] = s
		delete(want, from)
		done += e.bytes
		in.step(b, Unpacking, done, total)
		return nil
	}
	read := readZip
	if b.registry == npm {
		read = readTarGzip
	}
	if err := read(archive, take); err != nil {
		return fmt.Errorf("models: unpack %v: %w", b, err)
	}
	for from := range want {
		return fmt.Errorf("%w: %v has no file %s", ErrCorrupt, b, from)
	}
	return nil
}

// writeVerified writes content to path if it has the size and hash of e. Nothing is at path until all of it is.
func writeVerified(path string, content io.Reader, e entry) (err error) {
	f, err := os.OpenFile(path+partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(path + partial) // the error that led here tells more
		}
	}()
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), io.LimitReader(content, e.bytes+1))
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%w: write %s: %w", ErrCache, path, err)
	}
	if sum := hex.EncodeToString(h.Sum(nil)); n != e.bytes || sum != e.sha256 {
		return fmt.Errorf("%w: %s has %d bytes and SHA-256 %s and should have %d and %s",
			ErrCorrupt, e.name, n, sum, e.bytes, e.sha256)
	}
	if err := os.Rename(path+partial, path); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// readZip calls take for each file of a wheel, which is a zip archive.
func readZip(path string, take func(name string, content io.Reader) error) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	defer func() { _ = z.Close() }() // only read
	for _, file := range z.File {
		if file.FileInfo().IsDir() {
			continue
		}
		content, err := file.Open()
		if err != nil {
			return err
		}
		err = take(file.Name, content)
		_ = content.Close() // only read
		if err != nil {
			return err
		}
	}
	return nil
}

// readTarGzip calls take for each file of an npm package.
func readTarGzip(path string, take func(name string, content io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	t := tar.NewReader(z)
	for {
		head, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if head.Typeflag != tar.TypeReg {
			continue
		}
		if err := take(head.Name, t); err != nil {
			return err
		}
	}
}
