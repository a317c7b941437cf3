package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// usageError reports a command line that makes no sense. It makes the exit status 2.
type usageError struct{ error }

// usagef makes a usageError.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// newFlags returns the flag set of a sub-command. Its help is the text given, which begins with the usage line,
// followed by the flags.
func newFlags(name, text string, stdout io.Writer) *pflag.FlagSet {
	fs := pflag.NewFlagSet(name, pflag.ContinueOnError)
	fs.SortFlags = false
	fs.SetOutput(io.Discard) // errors are printed once, by run
	fs.Usage = func() {
		fmt.Fprintln(stdout, strings.TrimSpace(text))
		if fs.HasAvailableFlags() {
			fmt.Fprintf(stdout, "\nFlags:\n%s", fs.FlagUsagesWrapped(100))
		}
	}
	return fs
}

// parseFlags reads the flags of a command that takes no other arguments.
func parseFlags(fs *pflag.FlagSet, args []string) error {
	if err := fs.Parse(args); err != nil {
		if err == pflag.ErrHelp {
			return err
		}
		return usageError{err}
	}
	if fs.NArg() > 0 {
		return usagef("unexpected argument %q", fs.Arg(0))
	}
	return nil
}
