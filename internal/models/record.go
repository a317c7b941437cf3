package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// recordName is the file in which a package's folder keeps what was verified.
const recordName = ".verified.json"

// record remembers verified files, so that they need not be hashed at every start.
type record struct {
	Files map[string]stamp `json:"files"`
}

// stamp ties a hash to the size and time that a file had when it was hashed.
type stamp struct {
	Bytes  int64  `json:"bytes"`
	MTime  int64  `json:"mtime_ns"`
	SHA256 string `json:"sha256"`
}

// readRecord reads a package's record. One that is missing or damaged counts as empty: files are then hashed.
func (c *cache) readRecord(b *bundle) (record, error) {
	r := record{}
	data, err := os.ReadFile(filepath.Join(c.folder(b), recordName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("%w: %w", ErrCache, err)
	}
	if err == nil && json.Unmarshal(data, &r) != nil {
		r = record{}
	}
	if r.Files == nil {
		r.Files = map[string]stamp{}
	}
	return r, nil
}

// writeRecord replaces a package's record.
func (c *cache) writeRecord(b *bundle, r record) error {
	data, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(c.folder(b), recordName)
	if err := os.WriteFile(path+partial, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	if err := os.Rename(path+partial, path); err != nil {
		return fmt.Errorf("%w: %w", ErrCache, err)
	}
	return nil
}

// check verifies all files of an installed package and returns its record, completed by what had to be hashed.
func (c *cache) check(b *bundle) (record, error) {
	r, err := c.readRecord(b)
	if err != nil {
		return r, err
	}
	for _, e := range b.kept() {
		if _, err := c.checkFile(b, e, r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// checkFile returns the path of a file if its stamp holds, or else if its hash is right; then it renews the stamp
// in r. The manifest does not know the hash of a converted file: its stamp does.
func (c *cache) checkFile(b *bundle, e entry, r record) (string, error) {
	path := filepath.Join(c.folder(b), e.name)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s (%s); run `parley setup`", ErrMissing, b.title, path)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	old, known := r.Files[e.name]
	want := e
	if want.sha256 == "" {
		if !known {
			return "", fmt.Errorf("%w: %s was not finished; run `parley setup`", ErrMissing, path)
		}
		want.bytes, want.sha256 = old.Bytes, old.SHA256
	}
	if info.Size() != want.bytes {
		return "", fmt.Errorf("%w: %s has %d bytes and should have %d; run `parley setup` to fetch it anew",
			ErrCorrupt, path, info.Size(), want.bytes)
	}
	if known && old == (stamp{info.Size(), info.ModTime().UnixNano(), want.sha256}) {
		return path, nil
	}
	sum, err := hashFile(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCache, err)
	}
	if sum != want.sha256 {
		return "", fmt.Errorf("%w: %s has SHA-256 %s and should have %s; run `parley setup` to fetch it anew",
			ErrCorrupt, path, sum, want.sha256)
	}
	r.Files[e.name] = stamp{info.Size(), info.ModTime().UnixNano(), sum}
	return path, nil
}

// stampFile makes the stamp of a file whose hash is known.
func stampFile(path, sum string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, fmt.Errorf("%w: %w", ErrCache, err)
	}
	return stamp{info.Size(), info.ModTime().UnixNano(), sum}, nil
}

// hashFile returns the SHA-256 of a file in hexadecimal.
func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // only read
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
