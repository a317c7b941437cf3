package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-voice/parley/services/ffmpeg"
)

func TestWhichProgramDecodesSound(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "ffmpeg")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ path, setting, want, fault string }{
		{folder, "", program, ""},
		{t.TempDir(), "", "", ""},
		{folder, "none", "", ""},
		{t.TempDir(), program, program, ""},
		{folder, "/no/such/program", "", "WHATSAPP_FFMPEG"},
	} {
		t.Setenv("PATH", tt.path)
		got, err := (&config{FFmpeg: tt.setting}).sounds()
		if (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%q: %v, want %q", tt.setting, err, tt.fault)
		}
		if got == nil {
			if tt.want != "" {
				t.Errorf("%q: no decoder", tt.setting)
			}
			continue
		}
		if d, ok := got.(*ffmpeg.Decoder); !ok || d.Path() != tt.want {
			t.Errorf("%q: %v, want %s", tt.setting, got, tt.want)
		}
	}
}
