package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestChoose(t *testing.T) {
	all, err := choose("")
	if err != nil || !all(engineID) || !all("zero") {
		t.Errorf("without a choice: %v", err)
	}
	some, err := choose("zero,ring")
	if err != nil || !some("zero") || !some("ring") || some("local") || some(engineID) {
		t.Errorf("a choice of two: %v", err)
	}
	if _, err := choose("zero,moon"); err == nil || !strings.Contains(err.Error(), `"moon"`) {
		t.Errorf("an unknown scenario: got %v", err)
	}
}

func TestRunRefusesNonsense(t *testing.T) {
	for _, args := range [][]string{{"-only", "moon"}, {"-turns", "0"}, {"-out", "/dev/null/x"}} {
		if err := run(t.Context(), args, &bytes.Buffer{}); err == nil {
			t.Errorf("bench %v: no error", args)
		}
	}
}
