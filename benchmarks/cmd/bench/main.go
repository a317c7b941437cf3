// Command bench measures how long a caller waits for a bot, and what the engine costs. It prints tables and writes
// latency.json, latency.svg and latency.png to a folder. "bench --help" lists what it measures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/parley-voice/parley/benchmarks/calls"
	"github.com/parley-voice/parley/benchmarks/engine"
	"github.com/parley-voice/parley/benchmarks/report"
	"github.com/parley-voice/parley/benchmarks/text"
	"github.com/parley-voice/parley/services/llama"
)

func main() {
	// The local language model and the bot of "calls" run in processes of their own: this program once more.
	llama.ServeIfChild()
	calls.ServeIfChild()
	text.ServeIfChild()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, w io.Writer) error {
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	turns := fs.Int("turns", 20, "turns of each scenario; p99 of fewer than 100 is the worst one")
	only := fs.String("only", "", "measure only these scenarios, comma separated")
	profiles := fs.Bool("profiles", false, "calls and text: write CPU profiles of the bots to the folder, too")
	out := fs.String("out", "out", "folder for latency.json, latency.svg and latency.png")
	fs.Usage = func() {
		fmt.Fprintf(fs.Output(), "Usage: bench [flags]\n\nScenarios:\n")
		for _, s := range scenarios() {
			fmt.Fprintf(fs.Output(), "  %-12s %s\n", s.id, s.what)
		}
		for _, s := range [][2]string{{engineID, engineWhat}, {textID, textWhat}, {callsID, callsWhat}, {soakID, soakWhat}} {
			fmt.Fprintf(fs.Output(), "  %-12s %s\n", s[0], s[1])
		}
		fmt.Fprintf(fs.Output(), "\nFlags:\n")
		fs.PrintDefaults()
	}
	if err := fs.Parse(args); err != nil {
		return err
	}
	wanted, err := choose(*only)
	if err != nil {
		return err
	}
	if *turns < 1 {
		return fmt.Errorf("-turns is %d; at least 1 must be measured", *turns)
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}

	r := report.Report{Machine: report.ThisMachine(), Began: time.Now()}
	fmt.Fprintf(w, "%v\n\n", r.Machine)
	if wanted(engineID) {
		if r.Engine, err = engine.Measure(ctx, engine.Full); err != nil {
			return err
		}
		if err := report.WriteEngineTables(w, r.Engine); err != nil {
			return err
		}
	}
	// What was measured before something failed is still written.
	r.Text, err = measureText(ctx, w, wanted, *profiles, *out)
	if ctx.Err() == nil {
		var failed error
		r.Calls, failed = measureCalls(ctx, w, wanted, *profiles, *out)
		err = errors.Join(err, failed)
	}
	if ctx.Err() == nil {
		var failed error
		r.Scenarios, failed = measure(ctx, w, wanted, *turns)
		err = errors.Join(err, failed)
	}
	return errors.Join(err, write(w, r, *out))
}

// choose returns which scenarios were asked for.
func choose(only string) (func(id string) bool, error) {
	if only == "" {
		return func(id string) bool { return id != soakID }, nil
	}
	known := map[string]bool{engineID: true, textID: true, callsID: true, soakID: true}
	for _, s := range scenarios() {
		known[s.id] = true
	}
	chosen := map[string]bool{}
	for id := range strings.SplitSeq(only, ",") {
		if !known[id] {
			return nil, fmt.Errorf("-only: there is no scenario %q; --help lists them", id)
		}
		chosen[id] = true
	}
	return func(id string) bool { return chosen[id] }, nil
}

// write leaves the report and the picture in a folder.
func write(w io.Writer, r report.Report, dir string) error {
	path := func(name string) string { return filepath.Join(dir, name) }
	if err := r.WriteJSON(path("latency.json")); err != nil {
		return err
	}
	fmt.Fprintln(w, "wrote", path("latency.json"))
	var rows []report.Scenario
	for _, s := range r.Scenarios {
		if !strings.HasPrefix(s.Name, ringName) { // it has other spans
			rows = append(rows, s)
		}
	}
	err := report.WriteWaterfall("From the caller's last word to the bot's first sound", rows,
		path("latency.svg"), path("latency.png"))
	if errors.Is(err, report.ErrNoTurns) {
		return nil
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "wrote", path("latency.svg"), "and", path("latency.png"))
	return nil
}
