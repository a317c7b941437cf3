package workspace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// first is the file that begins the prompt.
const first = "agents.md"

// list returns the files of a folder in their order, and a text that changes when they do.
func list(dir string) (files []string, stamp string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w; name a folder with an AGENTS.md in it", ErrFolder, err)
	}
	var s strings.Builder
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") || !strings.EqualFold(filepath.Ext(name), ".md") {
			continue
		}
		path := filepath.Join(dir, name)
		info, err := os.Stat(path) // what a link leads to
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", ErrFolder, err)
		}
		if !info.Mode().IsRegular() {
			continue
		}
		files = append(files, path)
		fmt.Fprintf(&s, "%q %d %d\n", name, info.Size(), info.ModTime().UnixNano())
	}
	slices.SortFunc(files, func(a, b string) int {
		x, y := strings.ToLower(filepath.Base(a)), strings.ToLower(filepath.Base(b))
		switch {
		case x == y:
			return cmp.Compare(a, b)
		case x == first:
			return -1
		case y == first:
			return 1
		}
		return cmp.Compare(x, y)
	})
	return files, s.String(), nil
}

// read joins the files. If there are several, each begins with its name, by which one may speak of another.
func read(files []string, limit int, dir string) (string, error) {
	var parts []string
	left := limit
	for _, path := range files {
		text, err := readFile(path, left)
		if errors.Is(err, ErrTooLarge) {
			return "", fmt.Errorf("%w: with %s they have more than %d bytes; shorten them", ErrTooLarge, filepath.Base(path), limit)
		}
		if err != nil {
			return "", err
		}
		left -= len(text)
		text = strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))
		switch {
		case text == "":
		case len(files) == 1:
			parts = append(parts, text)
		default:
			parts = append(parts, "["+filepath.Base(path)+"]\n"+text)
		}
	}
	if len(parts) == 0 {
		return "", fmt.Errorf("%w %s; write who the agent is into AGENTS.md", ErrEmpty, dir)
	}
	return strings.Join(parts, "\n\n"), nil
}

// readFile reads a file of at most limit bytes.
func readFile(path string, limit int) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrFolder, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, int64(limit)+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrFolder, err)
	case len(b) > limit:
		return "", ErrTooLarge
	case !utf8.Valid(b) || slices.Contains(b, 0):
		return "", fmt.Errorf("%w: %s is not UTF-8; save it as plain text", ErrNotText, path)
	}
	return string(b), nil
}
