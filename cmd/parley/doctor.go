package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

const doctorHelp = `
Usage: parley doctor

Looks at everything that a bot needs on this machine, by using it: audio coding, models, speech engines, language
model, ports, and the settings for WhatsApp. Each line says what was found; a line that begins with FAIL is followed
by what to do. "note" marks what only some uses need. The status is 1 if anything failed.`

// errUnwell is the result of a check-up that found something wrong.
var errUnwell = errors.New("something is missing, see the lines that begin with FAIL")

// checkTimeout limits one check. Loading a speech model on a slow disk takes the longest.
const checkTimeout = 30 * time.Second

// verdict says what a finding means.
type verdict string

const (
	well   verdict = "ok"
	note   verdict = "note" // missing, and not everybody needs it
	unwell verdict = "FAIL"
)

// finding is what a check found.
type finding struct {
	verdict verdict
	text    string
	fix     string // what to do about it; empty if nothing need be done
}

// check looks at one thing.
type check struct {
	name string
	look func(ctx context.Context) finding
}

// runDoctor runs all checks.
func runDoctor(ctx context.Context, args []string, stdout, _ io.Writer) error {
	fs := newFlags("doctor", doctorHelp, stdout)
	if err := parseFlags(fs, args); err != nil {
		return err
	}
	return examine(ctx, stdout, checks())
}

// examine runs checks one after the other and prints each finding as soon as it is there.
func examine(ctx context.Context, w io.Writer, list []check) error {
	var result error
	for _, c := range list {
		one, cancel := context.WithTimeout(ctx, checkTimeout)
		f := c.look(one)
		cancel()
		if err := ctx.Err(); err != nil {
			return err
		}
		fmt.Fprintf(w, "%-5s %-16s %s\n", f.verdict, c.name, f.text)
		if f.fix != "" {
			fmt.Fprintf(w, "%-22s -> %s\n", "", f.fix)
		}
		if f.verdict == unwell {
			result = errUnwell
		}
	}
	return result
}
