package main

import (
	"context"
	"fmt"
	"io"
)

// command is one sub-command.
type command struct {
	name  string
	short string // what it does, in one line
	run   func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// commands is the table of sub-commands, in the order in which a new user needs them.
func commands() []command {
	return []command{
		{"setup", "fetch the local models and libraries; run again at no cost", runSetup},
		{"doctor", "look whether this machine has what a bot needs, and say what to do", runDoctor},
		{"demo", "play a whole call between a caller and a bot on this machine", runDemo},
		{"call", "call a bot with a recording, and measure how it answers", runCall},
		{"text", "write to a bot, and print what it answers", runText},
		{"version", "print the version of Parley, of Go and of the machine", runVersion},
	}
}

// find returns the command of that name.
func find(table []command, name string) (command, bool) {
	for _, c := range table {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// help prints what the program is for, and what to type first.
func help(w io.Writer, table []command) {
	fmt.Fprint(w, `Parley builds voice agents that answer WhatsApp calls. This is its command line.

Usage:
  parley COMMAND [flags]

Commands:
`)
	for _, c := range table {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, `
Begin with:
  parley setup      fetches the local models once; nothing here needs an account
  parley demo       plays a whole call between a caller and a bot on this machine

"parley COMMAND --help" explains one command. It ends with status 0 if all went well, 1 if something failed,
and 2 if the command line was wrong.
`)
}
