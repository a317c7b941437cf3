package models

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (f *fakes) ensure(in *Installer, sets ...Set) error {
	return f.cache.ensure(f.t.Context(), in, sets)
}

func (f *fakes) mustEnsure(sets ...Set) {
	f.t.Helper()
	if err := f.ensure(&Installer{}, sets...); err != nil {
		f.t.Fatal(err)
	}
}

// content returns what is in a file of a set.
func (f *fakes) content(set Set, name string) string {
	f.t.Helper()
	path, err := f.cache.file(set, name)
	if err != nil {
		f.t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

// tree lists all files below the cache folder with their sizes and times.
func (f *fakes) tree() map[string]string {
	f.t.Helper()
	list := map[string]string{}
	err := filepath.WalkDir(f.cache.root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		list[strings.TrimPrefix(path, f.cache.root)] = info.ModTime().String()
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

// damage changes an installed file behind the cache's back.
func (f *fakes) damage(set Set, name string, change func(path string) error) {
	f.t.Helper()
	path, err := f.cache.file(set, name)
	if err == nil {
		err = change(path)
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

func truncate(path string) error { return os.Truncate(path, 3) }

func flip(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[0] ^= 1
	return os.WriteFile(path, data, 0o644)
}

func TestInstallsFromBothRegistries(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.library()
	if _, err := f.cache.file("alpha", "a"); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "parley setup") {
		t.Errorf("before: %v, want ErrMissing and advice", err)
	}
	f.mustEnsure()
	if got := f.content("alpha", "a"); got != "content of a" {
		t.Errorf("a holds %q", got)
	}
	if got := f.content("library", "lib.so"); got != "machine code" {
		t.Errorf("lib.so holds %q", got)
	}
	var names []string
	for name := range f.tree() {
		names = append(names, name)
	}
	slices.Sort(names)
	want := []string{"", "/.lock", "/alpha-1.0", "/alpha-1.0/.verified.json", "/alpha-1.0/a", "/alpha-1.0/b",
		"/downloads", "/owner-lib-1.0", "/owner-lib-1.0/.verified.json", "/owner-lib-1.0/lib.so"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files in the cache (-want +got):\n%s", diff)
	}
}

func TestSecondRunNeedsNothing(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.library()
	f.mustEnsure()
	before := f.tree()
	t.Setenv("PATH", t.TempDir()) // no clients any more
	var steps []Step
	if err := f.ensure(&Installer{Report: func(e Event) { steps = append(steps, e.Step) }}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Step{Ready, Ready}, steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, f.tree()); diff != "" {
		t.Errorf("the second run wrote (-before +after):\n%s", diff)
	}
}

func TestFetchesOnlyWhatIsAskedForAndNeeded(t *testing.T) {
	f := newFakes(t)
	f.library()
	f.offer(bundle{set: "beta", registry: pypi, name: "beta", needs: []Set{"library"}, entries: []entry{{from: "b", name: "b"}}},
		map[string]string{"b": "beta"})
	f.alpha()
	f.mustEnsure("beta")
	if f.called("beta") != 1 || f.called("@owner/lib@1.0") != 1 || f.called("alpha") != 0 {
		t.Errorf("called for beta %d, library %d, alpha %d times; want 1, 1, 0",
			f.called("beta"), f.called("@owner/lib@1.0"), f.called("alpha"))
	}
	if err := f.ensure(&Installer{}, "gamma"); !errors.Is(err, ErrUnknown) {
		t.Errorf("unknown set: %v, want ErrUnknown", err)
	}
}

func TestRepairs(t *testing.T) {
	tests := map[string]func(string) error{
		"deleted":   os.Remove,
		"truncated": truncate,
		"changed":   flip,
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakes(t)
			f.alpha()
			f.mustEnsure()
			f.damage("alpha", "b", change)
			_, err := f.cache.file("alpha", "b")
			if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "parley setup") {
				t.Errorf("damaged file: %v, want ErrCorrupt or ErrMissing and advice", err)
			}
			f.mustEnsure()
			if got := f.content("alpha", "b"); got != strings.Repeat("b", 100_000) {
				t.Errorf("b holds %d bytes", len(got))
			}
		})
	}
}

func TestTouchedFileIsHashedNotFetched(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.mustEnsure()
	f.damage("alpha", "a", func(path string) error { return os.Chtimes(path, time.Time{}, time.Unix(1, 0)) })
	if err := os.Remove(filepath.Join(f.cache.root, "alpha-1.0", recordName)); err != nil {
		t.Fatal(err)
	}
	if got := f.content("alpha", "a"); got != "content of a" {
		t.Errorf("a holds %q", got)
	}
	f.mustEnsure()
	if n := f.called("alpha"); n != 1 {
		t.Errorf("pip was called %d times, want once", n)
	}
}

func TestDamagedRecordIsNoFailure(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.mustEnsure()
	f.put(filepath.Join(f.cache.root, "alpha-1.0", recordName), `{"files": 7`)
	f.mustEnsure()
	if n := f.called("alpha"); n != 1 {
		t.Errorf("pip was called %d times, want once", n)
	}
}

func TestWrongArchive(t *testing.T) {
	f := newFakes(t)
	b := f.alpha()
	f.put(filepath.Join(f.shelf, "alpha.whl"), "another file")
	err := f.ensure(&Installer{})
	if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), "alpha.whl") || !strings.Contains(err.Error(), b.sha256) {
		t.Fatalf("wrong archive: %v, want ErrCorrupt, the file and the hash", err)
	}
	// The next run gets another chance.
	f.put(filepath.Join(f.shelf, "alpha.whl"), string(zipped(t, map[string]string{"alpha/a.bin": "content of a"})))
	if err := f.ensure(&Installer{}); !errors.Is(err, ErrCorrupt) {
		t.Fatalf("other wrong archive: %v, want ErrCorrupt", err)
	}
	if n := f.called("alpha"); n != 2 {
		t.Errorf("pip was called %d times, want twice", n)
	}
}

func TestWrongContent(t *testing.T) {
	tests := map[string]struct {
		entry entry
		says  string
	}{
		"other hash": {entry{from: "f", name: "f", bytes: 5, sha256: sum("hullo")}, sum("hello")},
		"too long":   {entry{from: "f", name: "f", bytes: 4, sha256: sum("hell")}, "should have 4"},
		"too short":  {entry{from: "f", name: "f", bytes: 6, sha256: sum("hello!")}, "should have 6"},
		"absent":     {entry{from: "g", name: "f", bytes: 5, sha256: sum("hello")}, "no file g"},
	}
	for name, test := range tests {
		for _, r := range []registry{pypi, npm} {
			t.Run(name+" "+string(r), func(t *testing.T) {
				f := newFakes(t)
				f.offer(bundle{set: "x", registry: r, name: "x", entries: []entry{test.entry}}, map[string]string{"f": "hello"})
				err := f.ensure(&Installer{})
				if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%v, want ErrCorrupt and %q", err, test.says)
				}
				for name := range f.tree() {
					if strings.HasSuffix(name, "/f") || strings.HasSuffix(name, partial) {
						t.Errorf("%s was left behind", name)
					}
				}
			})
		}
	}
}

func TestMissingClient(t *testing.T) {
	for set, want := range map[Set]string{"alpha": "python3-pip", "library": "install npm"} {
		t.Run(string(set), func(t *testing.T) {
			f := newFakes(t)
			f.alpha()
			f.library()
			t.Setenv("PATH", t.TempDir())
			if err := f.ensure(&Installer{}, set); !errors.Is(err, ErrNoClient) || !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want ErrNoClient and %q", err, want)
			}
		})
	}
}

func TestOtherNamesOfPip(t *testing.T) {
	tests := map[string]string{
		"pip":     pipScript,
		"python3": "#!/bin/sh\nshift; shift\n[ \"$1\" = --version ] && exit 0\n" + strings.TrimPrefix(pipScript, "#!/bin/sh\n"),
	}
	for name, script := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFakes(t)
			f.alpha()
			if err := os.Remove(filepath.Join(f.bin, "pip3")); err != nil {
				t.Fatal(err)
			}
			f.script(name, script)
			f.mustEnsure()
		})
	}
}

func TestPythonWithoutPip(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	if err := os.Remove(filepath.Join(f.bin, "pip3")); err != nil {
		t.Fatal(err)
	}
	f.script("python3", "#!/bin/sh\necho No module named pip >&2\nexit 1\n")
	if err := f.ensure(&Installer{}); !errors.Is(err, ErrNoClient) {
		t.Errorf("%v, want ErrNoClient", err)
	}
}

func TestFailingClient(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.mood("echo 'ERROR: no route to host' >&2; exit 3\n")
	err := f.ensure(&Installer{})
	if !errors.Is(err, ErrDownload) {
		t.Fatalf("%v, want ErrDownload", err)
	}
	for _, want := range []string{"alpha 1.0 (PyPI)", "alpha==1.0", "exit status 3", "no route to host", "parley setup"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
}

func TestClientThatLeavesNothing(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	f.mood("exit 0\n")
	if err := f.ensure(&Installer{}); !errors.Is(err, ErrDownload) {
		t.Errorf("%v, want ErrDownload", err)
	}
}

func TestInterruptedDownload(t *testing.T) {
	f := newFakes(t)
	f.library()
	f.alpha()
	// Half a file, the news of it, and then nothing for a minute.
	f.mood("echo half > tmp/half\n/bin/sleep 60 &\nwait\n")
	ctx, cancel := context.WithCancel(t.Context())
	began := time.Now()
	err := f.cache.ensure(ctx, &Installer{Report: func(e Event) {
		if e.Set == "alpha" && e.Step == Downloading && e.Done == 5 {
			cancel()
		}
	}}, nil)
	if !errors.Is(err, context.Canceled) || !errors.Is(err, ErrDownload) {
		t.Fatalf("%v, want ErrDownload and context.Canceled", err)
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("it took %v to give up", d)
	}
	f.mood("")
	f.mustEnsure()
	if f.called("@owner/lib@1.0") != 1 || f.called("alpha") != 2 {
		t.Errorf("called for library %d and alpha %d times, want 1 and 2", f.called("@owner/lib@1.0"), f.called("alpha"))
	}
}

func TestLeftArchiveIsUsed(t *testing.T) {
	f := newFakes(t)
	b := f.alpha()
	if err := os.MkdirAll(f.cache.download(b), 0o755); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(f.shelf, "alpha.whl"))
	if err != nil {
		t.Fatal(err)
	}
	f.put(filepath.Join(f.cache.download(b), "alpha-1.0-py3-none-any.whl"), string(data))
	f.mustEnsure()
	if n := f.called("alpha"); n != 0 {
		t.Errorf("pip was called %d times, want never", n)
	}
}

func TestTwoAtOnce(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	gate := filepath.Join(f.shelf, "gate")
	f.mood("while [ ! -f $SHELF/gate ]; do /bin/sleep 0.02; done\n")
	var first, second sync.WaitGroup
	waiting := make(chan struct{})
	fetching := make(chan struct{})
	var once sync.Once
	first.Go(func() {
		err := f.ensure(&Installer{Report: func(e Event) {
			if e.Step == Downloading {
				once.Do(func() { close(fetching) })
			}
		}})
		if err != nil {
			t.Error(err)
		}
	})
	await(t, fetching)
	second.Go(func() {
		err := f.ensure(&Installer{Report: func(e Event) {
			if e.Step == Waiting {
				close(waiting)
			}
		}})
		if err != nil {
			t.Error(err)
		}
	})
	await(t, waiting)
	f.put(gate, "")
	first.Wait()
	second.Wait()
	if n := f.called("alpha"); n != 1 {
		t.Errorf("pip was called %d times, want once", n)
	}
}

func TestWaitingEndsWithItsContext(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	if err := os.MkdirAll(f.cache.root, 0o755); err != nil {
		t.Fatal(err)
	}
	unlock, err := lock(t.Context(), filepath.Join(f.cache.root, ".lock"), func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	err = f.cache.ensure(ctx, &Installer{Report: func(Event) { cancel() }}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
}

func await(t *testing.T, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(20 * time.Second):
		t.Fatal("nothing happened for 20 s")
	}
}

func TestCacheThatCannotBeWritten(t *testing.T) {
	f := newFakes(t)
	f.alpha()
	file := filepath.Join(t.TempDir(), "file")
	f.put(file, "")
	f.cache.root = filepath.Join(file, "cache")
	if err := f.ensure(&Installer{}); !errors.Is(err, ErrCache) || !strings.Contains(err.Error(), EnvDir) {
		t.Errorf("%v, want ErrCache and how to choose another folder", err)
	}
}

func TestProgress(t *testing.T) {
	f := newFakes(t)
	b := f.alpha()
	var got []Event
	if err := f.ensure(&Installer{Report: func(e Event) { got = append(got, e) }}); err != nil {
		t.Fatal(err)
	}
	var steps []Step
	for i, e := range got {
		if e.Set != "alpha" || e.Package != "alpha 1.0 (PyPI)" || e.Done < 0 || e.Done > e.Total {
			t.Errorf("event %+v", e)
		}
		if i > 0 && got[i-1].Step == e.Step && got[i-1].Done > e.Done {
			t.Errorf("%+v after %+v", e, got[i-1])
		}
		steps = append(steps, e.Step)
	}
	if diff := cmp.Diff([]Step{Downloading, Verifying, Unpacking, Ready}, slices.Compact(steps)); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if last := got[len(got)-1]; last.Done != b.bytes {
		t.Errorf("the last event is %+v", last)
	}
}
