package models

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

// gamma is a package one file of which is converted into two.
func (f *fakes) gamma() *bundle {
	return f.offer(bundle{
		set: "gamma", title: "the gamma model", registry: pypi, name: "gamma", revision: 2,
		entries: []entry{{from: "raw", name: "raw"}, {from: "words", name: "words"}},
		derived: []derived{{from: "raw", entry: entry{name: "one"}}, {from: "raw", entry: entry{name: "two"}}},
	}, map[string]string{"raw": "raw model", "words": "a b c"})
}

func shout(_ context.Context, name, src, dst string) error {
	data, err := os.ReadFile(src)
	if err != nil {
		return err
	}
	return os.WriteFile(dst, []byte(name+": "+strings.ToUpper(string(data))), 0o644)
}

func TestConverts(t *testing.T) {
	f := newFakes(t)
	f.gamma()
	if err := f.ensure(&Installer{Convert: shout}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"one", "two"} {
		if got := f.content("gamma", name); got != name+": RAW MODEL" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	if _, there := f.tree()["/gamma-1.0-r2/raw"]; there {
		t.Error("the file that was converted was kept")
	}
	if _, err := f.cache.file("gamma", "raw"); !errors.Is(err, ErrUnknown) {
		t.Errorf("the file that was converted: %v, want ErrUnknown", err)
	}
	// All is there: no converter is needed any more.
	f.mustEnsure()
}

func TestRepairsConvertedFiles(t *testing.T) {
	for name, change := range map[string]func(string) error{"deleted": os.Remove, "truncated": truncate, "changed": flip} {
		t.Run(name, func(t *testing.T) {
			f := newFakes(t)
			f.gamma()
			in := &Installer{Convert: shout}
			if err := f.ensure(in); err != nil {
				t.Fatal(err)
			}
			f.damage("gamma", "one", change)
			if _, err := f.cache.file("gamma", "one"); err == nil {
				t.Error("the damaged file passed")
			}
			if err := f.ensure(in); err != nil {
				t.Fatal(err)
			}
			if got := f.content("gamma", "one"); got != "one: RAW MODEL" {
				t.Errorf("one holds %q", got)
			}
		})
	}
}

func TestFailedConversion(t *testing.T) {
	f := newFakes(t)
	f.gamma()
	broken := errors.New("no such operator")
	err := f.ensure(&Installer{Convert: func(_ context.Context, name, _, dst string) error {
		if name == "one" {
			return os.WriteFile(dst, nil, 0o644)
		}
		if err := os.WriteFile(dst, []byte("half"), 0o644); err != nil {
			return err
		}
		return broken
	}})
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "raw") {
		t.Errorf("%v, want the converter's error and the file", err)
	}
	for _, name := range []string{"one", "two"} {
		if _, err := f.cache.file("gamma", name); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: %v, want ErrMissing", name, err)
		}
	}
	if err := f.ensure(&Installer{Convert: shout}); err != nil {
		t.Fatal(err)
	}
	if got := f.content("gamma", "two"); got != "two: RAW MODEL" {
		t.Errorf("two holds %q", got)
	}
}

func TestNoConverter(t *testing.T) {
	f := newFakes(t)
	f.gamma()
	if err := f.ensure(&Installer{}); err == nil || !strings.Contains(err.Error(), "converter") {
		t.Errorf("%v, want an error about the converter", err)
	}
	if n := f.called("gamma"); n != 0 {
		t.Errorf("pip was called %d times before that", n)
	}
}
