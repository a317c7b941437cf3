package main

import (
	"os"
	"strings"
	"testing"
)

// TestREADMEShowsThisBot holds the project's front page against the code: what it shows as a bot must be here, word
// for word, so that it compiles.
func TestREADMEShowsThisBot(t *testing.T) {
	code, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks int
	for _, part := range strings.Split(string(page), "```go\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		if !strings.Contains(block, "bot.OnCall") {
			continue
		}
		blocks++
		for line := range strings.Lines(block) {
			line = strings.TrimSpace(line)
			if line != "" && !strings.Contains(string(code), "\t"+line+"\n") {
				t.Errorf("README.md shows the line %q, which main.go does not have", line)
			}
		}
	}
	if blocks != 1 {
		t.Errorf("README.md shows %d bots, want 1", blocks)
	}
}
