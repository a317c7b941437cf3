package trace

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"
)

// WriteText writes a line for each entry, in the order in which work on it began: the time since the first, the stage,
// the frame, how long it waited and how long it took.
func (t *Trace) WriteText(w io.Writer) error {
	entries, _, lost := t.snapshot()
	slices.SortStableFunc(entries, func(a, b entry) int { return a.began.Compare(b.began) })
	buffered := bufio.NewWriter(w)
	table := tabwriter.NewWriter(buffered, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "ms\tstage\tframe\tgen\twaited ms\ttook ms\t")
	for _, e := range entries {
		waited := ""
		if !e.queued.IsZero() {
			waited = millis(e.began.Sub(e.queued))
		}
		generation := ""
		if e.generation != 0 {
			generation = fmt.Sprint(e.generation)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", millis(e.began.Sub(entries[0].began)), e.stage, e.frame,
			generation, waited, millis(e.ended.Sub(e.began)), e.outcome())
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if lost > 0 {
		fmt.Fprintf(buffered, "%d more entries were not kept\n", lost)
	}
	return buffered.Flush()
}

func millis(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
