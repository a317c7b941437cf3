package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/parley-voice/parley/internal/models"
)

func TestProgressWithoutTerminal(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	const pkg = "silero-vad 6.2.3 (PyPI)"
	for _, e := range []models.Event{
		{Step: models.Waiting},
		{Package: pkg, Step: models.Downloading, Done: 0, Total: 3_900_000},
		{Package: pkg, Step: models.Downloading, Done: 1_000_000, Total: 3_900_000},
		{Package: pkg, Step: models.Unpacking, Done: 0, Total: 2_300_000},
		{Package: pkg, Step: models.Converting, Done: 0, Total: 2},
		{Package: pkg, Step: models.Ready},
	} {
		p.event(e)
	}
	p.close()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{"waiting for it", "downloading, 3.9 MB", "unpacking, 2.3 MB", "converting, 2 files", "ready, "}
	if len(lines) != len(want) {
		t.Fatalf("got %d lines, want %d (one for each step):\n%s", len(lines), len(want), out.String())
	}
	for i := range want {
		if !strings.Contains(lines[i], want[i]) {
			t.Errorf("line %d: got %q, want %q in it", i, lines[i], want[i])
		}
	}
}

func TestProgressOnTerminal(t *testing.T) {
	var out bytes.Buffer
	p := &progress{w: &out, bars: true}
	p.event(models.Event{Package: "a 1 (PyPI)", Step: models.Downloading, Total: 1000})
	p.event(models.Event{Package: "a 1 (PyPI)", Step: models.Downloading, Done: 2000, Total: 1000}) // more than said
	p.event(models.Event{Package: "a 1 (PyPI)", Step: models.Ready})
	p.close()
	if got := out.String(); !strings.Contains(got, "100%") || !strings.Contains(got, "ready, ") {
		t.Errorf("no full bar, or no last line: %q", got)
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 files", 1: "1 file", 2: "2 files"} {
		if got := plural(n, "file"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
