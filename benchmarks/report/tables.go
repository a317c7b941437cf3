package report

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// table is a table for people: a title, the names of its columns separated by tabs, and what makes its rows.
type table struct {
	title, head string
	rows        func(row func(cells ...any))
}

// targetTable shows which targets were met.
func targetTable(targets []Target) table {
	return table{"targets", "\twanted\tmeasured\t", func(row func(...any)) {
		for _, t := range targets {
			verdict := "pass"
			if !t.Met {
				verdict = "MISS"
			}
			row(t.What, t.Want, t.Got, verdict)
		}
	}}
}

// writeTables writes tables one below the other.
func writeTables(w io.Writer, tables []table) error {
	for _, t := range tables {
		var err error
		tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintf(tw, "%s\n  %s\t\n", t.title, t.head)
		t.rows(func(cells ...any) {
			fmt.Fprint(tw, "  ")
			for _, c := range cells {
				fmt.Fprintf(tw, "%v\t", c)
			}
			_, err = fmt.Fprintln(tw)
		})
		if err != nil {
			return err
		}
		fmt.Fprintln(tw)
		if err := tw.Flush(); err != nil {
			return err
		}
	}
	return nil
}
