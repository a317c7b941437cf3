package models

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	for _, platform := range []string{"linux/amd64", "linux/arm64"} {
		goos, goarch, _ := strings.Cut(platform, "/")
		bundles, err := catalogFor(goos, goarch)
		if err != nil {
			t.Fatal(err)
		}
		var sets []Set
		folders := map[string]bool{}
		for _, b := range bundles {
			for _, need := range b.needs {
				if !slices.Contains(sets, need) {
					t.Errorf("%s: %s needs %s, which does not come before it", platform, b.set, need)
				}
			}
			sets = append(sets, b.set)
			if folders[folderName(b)] || strings.ContainsAny(folderName(b), `/\@`) {
				t.Errorf("%s: folder %q is taken or no plain name", platform, folderName(b))
			}
			folders[folderName(b)] = true
			if b.title == "" || b.bytes <= 0 || !isHash(b.sha256) {
				t.Errorf("%s: %v lacks a title, size or hash", platform, b)
			}
			names := map[string]bool{}
			for _, e := range b.entries {
				if names[e.name] || e.name != filepath.Base(e.name) || e.from == "" || e.bytes <= 0 || !isHash(e.sha256) {
					t.Errorf("%s: bad entry %+v of %v", platform, e, b)
				}
				names[e.name] = true
			}
			for _, d := range b.derived {
				if !names[d.from] || names[d.name] {
					t.Errorf("%s: bad conversion %+v of %v", platform, d, b)
				}
			}
		}
		if !slices.Equal(sets, All()) {
			t.Errorf("%s has the sets %v, want %v", platform, sets, All())
		}
	}
}

func isHash(s string) bool {
	data, err := hex.DecodeString(s)
	return err == nil && len(data) == 32
}

func TestOtherPlatforms(t *testing.T) {
	for _, p := range [][2]string{{"darwin", "arm64"}, {"windows", "amd64"}, {"linux", "riscv64"}} {
		if _, err := catalogFor(p[0], p[1]); !errors.Is(err, ErrPlatform) || !strings.Contains(err.Error(), p[0]) {
			t.Errorf("%v: %v, want ErrPlatform", p, err)
		}
	}
}

func TestUnknownFile(t *testing.T) {
	t.Setenv(EnvDir, t.TempDir())
	if _, err := File(Silero, "other.onnx"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown file: %v, want ErrUnknown", err)
	}
	if _, err := Folder("other"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown set: %v, want ErrUnknown", err)
	}
}

func TestMissingInAnEmptyCache(t *testing.T) {
	t.Setenv(EnvDir, t.TempDir())
	needs, err := Missing(Silero)
	if err != nil {
		t.Fatal(err)
	}
	if len(needs) != 2 || needs[0].Set != ONNXRuntime || needs[1].Set != Silero || needs[1].Bytes < 1e6 {
		t.Errorf("missing for Silero: %+v, want the runtime and the model", needs)
	}
	if _, err := Folder(Llama); !errors.Is(err, ErrMissing) {
		t.Errorf("Folder: %v, want ErrMissing", err)
	}
}

func TestDir(t *testing.T) {
	t.Setenv(EnvDir, "relative")
	if got, err := Dir(); err != nil || !filepath.IsAbs(got) || filepath.Base(got) != "relative" {
		t.Errorf("Dir() = %q, %v; want an absolute path", got, err)
	}
	t.Setenv(EnvDir, "")
	t.Setenv("XDG_CACHE_HOME", "/var/cache/someone")
	if got, err := Dir(); err != nil || got != "/var/cache/someone/parley" {
		t.Errorf("Dir() = %q, %v; want a folder of its own in the user's cache", got, err)
	}
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	if got, err := Dir(); !errors.Is(err, ErrCache) || !strings.Contains(err.Error(), EnvDir) {
		t.Errorf("Dir() = %q, %v; want ErrCache and advice", got, err)
	}
}
