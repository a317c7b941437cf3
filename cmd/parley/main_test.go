package main

import (
	"bytes"
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestRun(t *testing.T) {
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // must be in there; "" means: must be empty
	}{
		{"no arguments", nil, exitUsage, "", "Usage:"},
		{"help", []string{"--help"}, exitOK, "Begin with:", ""},
		{"help word", []string{"help"}, exitOK, "Begin with:", ""},
		{"help of a command", []string{"help", "version"}, exitOK, "Usage: parley version", ""},
		{"command help", []string{"version", "-h"}, exitOK, "Usage: parley version", ""},
		{"version", []string{"version"}, exitOK, "parley ", ""},
		{"version flag", []string{"--version"}, exitOK, "parley ", ""},
		{"unknown command", []string{"dance"}, exitUsage, "", `no command "dance"`},
		{"unknown flag", []string{"version", "--fast"}, exitUsage, "", "unknown flag: --fast"},
		{"stray argument", []string{"version", "now"}, exitUsage, "", `unexpected argument "now"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tt.args, &stdout, &stderr); code != tt.code {
				t.Errorf("exit status %d, want %d", code, tt.code)
			}
			wantText(t, "stdout", stdout.String(), tt.stdout)
			wantText(t, "stderr", stderr.String(), tt.stderr)
		})
	}
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if want == "" && got != "" {
		t.Errorf("%s: got %q, want nothing", what, got)
	}
	if !strings.Contains(got, want) {
		t.Errorf("%s: got %q, want %q in it", what, got, want)
	}
}

func TestEveryCommandTeaches(t *testing.T) {
	var all bytes.Buffer
	help(&all, commands())
	for _, c := range commands() {
		if !strings.Contains(all.String(), "  "+c.name+" ") {
			t.Errorf("parley --help does not list %q", c.name)
		}
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{c.name, "--help"}, &stdout, &stderr); code != exitOK {
			t.Errorf("parley %s --help: exit status %d, stderr %q", c.name, code, stderr.String())
		}
		if !strings.Contains(stdout.String(), "Usage: parley "+c.name) {
			t.Errorf("parley %s --help has no usage line: %q", c.name, stdout.String())
		}
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
