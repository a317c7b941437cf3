// Command parley is Parley's command line: it fetches the local models, checks the machine, calls a bot and shows
// a whole call on one machine.
//
// Each sub-command is one function in a file of its own; commands.go is the table of them. A sub-command gets a
// context that ends at the first interrupt, its arguments, and where to write. It returns an error, which main
// prints; a usageError makes the exit status 2, any other error 1.
package main
