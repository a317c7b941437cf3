package models

import (
	"fmt"
	"path/filepath"
)

// File returns the path of a file of a set. It checks that the file is there and is what was verified, and
// downloads nothing. The error wraps ErrMissing or ErrCorrupt and says what to do.
func File(set Set, name string) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	return c.file(set, name)
}

// Folder returns the folder that holds all files of a set, each of them checked as File does.
func Folder(set Set) (string, error) {
	c, err := openCache()
	if err != nil {
		return "", err
	}
	b, err := c.bundle(set)
	if err != nil {
		return "", err
	}
	for _, e := range b.kept() {
		if _, err := c.file(set, e.name); err != nil {
			return "", err
		}
	}
	return c.folder(b), nil
}

// Need is a set that is not installed and what its download amounts to.
type Need struct {
	Set     Set
	Package string // such as "silero-vad 6.2.3 (PyPI)"
	Bytes   int64  // of the download
}

// Missing returns which of the given sets, and of the sets that they need, are not completely installed. Without
// arguments it looks at all sets.
func Missing(sets ...Set) ([]Need, error) {
	c, err := openCache()
	if err != nil {
		return nil, err
	}
	list, err := c.plan(sets)
	if err != nil {
		return nil, err
	}
	var needs []Need
	for _, b := range list {
		if _, err := c.check(b); err != nil {
			needs = append(needs, Need{Set: b.set, Package: b.String(), Bytes: b.bytes})
		}
	}
	return needs, nil
}

// cache is a folder of files and the manifest that says what belongs into it.
type cache struct {
	root    string
	bundles []*bundle
}

func openCache() (*cache, error) {
	root, err := Dir()
	if err != nil {
		return nil, err
	}
	bundles, err := catalog()
	if err != nil {
		return nil, err
	}
	return &cache{root: root, bundles: bundles}, nil
}

// folder is where the files of a package are. A scope in an npm name ("@owner/name") becomes part of the name.
func (c *cache) folder(b *bundle) string {
	return filepath.Join(c.root, folderName(b))
}

func (c *cache) bundle(set Set) (*bundle, error) {
	for _, b := range c.bundles {
		if b.set == set {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: there is no set %q", ErrUnknown, set)
}

// plan returns the packages of the given sets and of those that they need, in the order of the manifest.
func (c *cache) plan(sets []Set) ([]*bundle, error) {
	if len(sets) == 0 {
		return c.bundles, nil
	}
	wanted := map[Set]bool{}
	for len(sets) > 0 {
		set := sets[0]
		sets = sets[1:]
		if wanted[set] {
			continue
		}
		b, err := c.bundle(set)
		if err != nil {
			return nil, err
		}
		wanted[set] = true
		sets = append(sets[:len(sets):len(sets)], b.needs...)
	}
	var list []*bundle
	for _, b := range c.bundles {
		if wanted[b.set] {
			list = append(list, b)
		}
	}
	return list, nil
}

func (c *cache) file(set Set, name string) (string, error) {
	b, err := c.bundle(set)
	if err != nil {
		return "", err
	}
	e, ok := b.find(name)
	if !ok {
		return "", fmt.Errorf("%w: the set %q has no file %q", ErrUnknown, set, name)
	}
	r, err := c.readRecord(b)
	if err != nil {
		return "", err
	}
	return c.checkFile(b, e, r)
}
