package report

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
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

// WriteEngineTable writes what the bare engine costs as a table for people, in microseconds.
func WriteEngineTable(w io.Writer, costs []EngineCost) error {
	fmt.Fprintf(w, "bare engine: 20 ms audio frames through stages that pass them on\n")
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(tw, "  microseconds\tone frame p50\tp99\tburst, by frame\tby frame and hop\tinterrupt to flushed p50\tp99\t\n")
	for _, c := range costs {
		us := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d)/1e3) }
		fmt.Fprintf(tw, "  %d stages\t%s\t%s\t%s\t%s\t%s\t%s\t\n", c.Stages, us(c.PerFrame.P50), us(c.PerFrame.P99),
			us(c.BurstPerFrame), fmt.Sprintf("%.2f", float64(c.BurstPerFrame)/1e3/float64(c.Stages+1)),
			us(c.Flushed.P50), us(c.Flushed.P99))
	}
	fmt.Fprintln(tw)
	return tw.Flush()
}
