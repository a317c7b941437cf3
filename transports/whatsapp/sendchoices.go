package whatsapp

import (
	"fmt"
	"strings"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/parley-voice/parley/pipeline/frame"
	"github.com/parley-voice/parley/transports/whatsapp/graph"
)

// buttons makes buttons of up to three short choices.
func buttons(body string, c frame.Choices) (graph.Message, bool) {
	m := graph.Buttons{Body: body}
	for _, o := range c.Options {
		if o.Description != "" {
			return nil, false // a list shows it
		}
		m.Buttons = append(m.Buttons, graph.Button{ID: idOf(o), Title: o.Title})
	}
	return m, graph.Check(m) == nil
}

// list makes a list of up to ten choices. A title that is too long for a row becomes its description, too.
func list(body string, c frame.Choices, button string) (graph.Message, bool) {
	if c.Button != "" {
		button = c.Button
	}
	m := graph.List{Body: body, Button: button, Sections: []graph.Section{{}}}
	for _, o := range c.Options {
		row := graph.Row{ID: idOf(o), Title: o.Title, Description: o.Description}
		if graph.Units(row.Title) > graph.MaxRowTitleUnits && row.Description == "" {
			row.Title, row.Description = shortened(o.Title, graph.MaxRowTitleUnits), o.Title
		}
		m.Sections[0].Rows = append(m.Sections[0].Rows, row)
	}
	return m, graph.Check(m) == nil
}

// written lists choices as text.
func written(c frame.Choices) string {
	var lines []string
	for i, o := range c.Options {
		line := fmt.Sprintf("%d. %s", i+1, strings.Join(strings.Fields(o.Title), " "))
		if o.Description != "" {
			line += ": " + strings.Join(strings.Fields(o.Description), " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func idOf(c frame.Choice) string {
	if c.ID != "" {
		return c.ID
	}
	return c.Title
}

// shortened cuts a text between characters and marks the cut.
func shortened(s string, most int) string {
	units, end := 1, 0 // of the mark
	for it := graphemes.FromString(s); it.Next(); {
		if units += graph.Units(it.Value()); units > most {
			return strings.TrimSpace(s[:end]) + "…"
		}
		end = it.End()
	}
	return s
}
