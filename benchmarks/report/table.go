package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes a scenario as a table for people: one line for each span, in milliseconds.
func WriteTable(w io.Writer, s Scenario) error {
	fmt.Fprintf(w, "%s: %d turns\n  %s\n", s.Name, len(s.Turns), s.What)
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "  milliseconds\tp50\tp90\tp99\tmax\t\n")
	row := func(name string, st Stat) {
		fmt.Fprintf(tw, "  %s\t%s\t%s\t%s\t%s\t\n", name, ms(st.P50), ms(st.P90), ms(st.P99), ms(st.Max))
	}
	for _, name := range s.SpanNames() {
		row(name, s.Span(name))
	}
	row("total", s.Total())
	fmt.Fprintln(tw)
	return tw.Flush()
}
