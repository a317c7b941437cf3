package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/parley-voice/parley/services/llama"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	llama.ServeIfChild() // the local language model runs in a process of its own: this program once more
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal asks for an orderly end. With the handler gone, the second one ends the process at once.
	context.AfterFunc(ctx, stop)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr, commands())
		return exitUsage
	}
	name, args := args[0], args[1:]
	switch name {
	case "-h", "--help", "help":
		if len(args) == 0 {
			help(stdout, commands())
			return exitOK
		}
		// "parley help call" is "parley call --help".
		name, args = args[0], []string{"--help"}
	case "-v", "--version":
		name = "version"
	}
	cmd, ok := find(commands(), name)
	if !ok {
		fmt.Fprintf(stderr, "parley: there is no command %q; \"parley --help\" lists them\n", name)
		return exitUsage
	}
	err := cmd.run(ctx, args, stdout, stderr)
	var usage usageError
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return exitOK
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "parley %s: %v; see \"parley %s --help\"\n", name, err, name)
		return exitUsage
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		fmt.Fprintf(stderr, "parley %s: stopped by a signal\n", name)
		return exitFailed
	}
	fmt.Fprintf(stderr, "parley %s: %v\n", name, err)
	return exitFailed
}
