package graph

import "fmt"

// Button is a button below a text; when the user taps it, the webhook tells its ID.
type Button struct{ ID, Title string }

// Buttons is a text with one to three buttons, with which the user answers at a tap.
type Buttons struct {
	Body    string
	Buttons []Button
	Header  string // may be empty
	Footer  string // may be empty
}

func (b Buttons) members() (map[string]any, error) {
	if n := len(b.Buttons); n < 1 || n > MaxButtons {
		return nil, invalid("a message has 1 to %d buttons, and not %d; a List takes more", MaxButtons, n)
	}
	var buttons []any
	known := unique{}
	for i, button := range b.Buttons {
		name := fmt.Sprintf("button %d", i+1)
		err := first(need("the title of "+name, button.Title, MaxButtonTitleUnits), need("the id of "+name, button.ID, MaxButtonIDUnits),
			known.add("the title of "+name, "title "+button.Title), known.add("the id of "+name, "id "+button.ID))
		if err != nil {
			return nil, err
		}
		buttons = append(buttons, map[string]any{"type": "reply", "reply": map[string]any{"id": button.ID, "title": button.Title}})
	}
	return interactive("button", b.Body, MaxButtonsBodyUnits, b.Header, b.Footer, map[string]any{"buttons": buttons})
}

// Row is a choice in a list; when the user takes it, the webhook tells its ID.
type Row struct{ ID, Title, Description string }

// Section is a part of a list. The title may be empty if it is the only one.
type Section struct {
	Title string
	Rows  []Row
}

// List is a text with a button that opens a list, of which the user takes a row: at most 10 in all sections together.
type List struct {
	Body     string
	Button   string // opens the list
	Sections []Section
	Header   string // may be empty
	Footer   string // may be empty
}

func (l List) members() (map[string]any, error) {
	if n := len(l.Sections); n < 1 || n > MaxRows {
		return nil, invalid("a list has 1 to %d sections, and not %d", MaxRows, n)
	}
	if err := need("the button of the list", l.Button, MaxButtonTitleUnits); err != nil {
		return nil, err
	}
	var sections []any
	known, n := unique{}, 0
	for i, s := range l.Sections {
		name := fmt.Sprintf("section %d", i+1)
		if len(s.Rows) == 0 {
			return nil, invalid("%s of the list has no rows", name)
		}
		section := map[string]any{}
		if len(l.Sections) > 1 || s.Title != "" {
			if err := need("the title of "+name, s.Title, MaxRowTitleUnits); err != nil {
				return nil, err
			}
			section["title"] = s.Title
		}
		var rows []any
		for _, r := range s.Rows {
			n++
			row, err := r.member(fmt.Sprintf("row %d", n), known)
			if err != nil {
				return nil, err
			}
			rows = append(rows, row)
		}
		section["rows"] = rows
		sections = append(sections, section)
	}
	if n > MaxRows {
		return nil, invalid("a list has at most %d rows in all of its sections together, and not %d", MaxRows, n)
	}
	return interactive("list", l.Body, MaxListBodyUnits, l.Header, l.Footer, map[string]any{"button": l.Button, "sections": sections})
}

func (r Row) member(name string, known unique) (map[string]any, error) {
	err := first(need("the title of "+name, r.Title, MaxRowTitleUnits), need("the id of "+name, r.ID, MaxRowIDUnits),
		fits("the description of "+name, r.Description, MaxRowDescriptionUnits), known.add("the id of "+name, r.ID))
	if err != nil {
		return nil, err
	}
	row := map[string]any{"id": r.ID, "title": r.Title}
	if r.Description != "" {
		row["description"] = r.Description
	}
	return row, nil
}

// Link is a text with a button that opens a web page.
type Link struct {
	Body   string
	Title  string // of the button
	URL    string
	Header string // may be empty
	Footer string // may be empty
}

func (l Link) members() (map[string]any, error) {
	if err := first(need("the title of the link", l.Title, MaxButtonTitleUnits), webAddress("the link", l.URL)); err != nil {
		return nil, err
	}
	return interactive("cta_url", l.Body, MaxButtonsBodyUnits, l.Header, l.Footer, map[string]any{
		"name": "cta_url", "parameters": map[string]any{"display_text": l.Title, "url": l.URL},
	})
}

func interactive(kind, body string, most int, header, footer string, action map[string]any) (map[string]any, error) {
	err := first(need("the text", body, most), fits("the header", header, MaxFooterUnits), fits("the footer", footer, MaxFooterUnits))
	if err != nil {
		return nil, err
	}
	content := map[string]any{"type": kind, "body": map[string]any{"text": body}, "action": action}
	if header != "" {
		content["header"] = map[string]any{"type": "text", "text": header}
	}
	if footer != "" {
		content["footer"] = map[string]any{"text": footer}
	}
	return map[string]any{"type": "interactive", "interactive": content}, nil
}

// unique finds what comes twice.
type unique map[string]bool

func (u unique) add(what, value string) error {
	if u[value] {
		return invalid("%s is that of another one", what)
	}
	u[value] = true
	return nil
}
