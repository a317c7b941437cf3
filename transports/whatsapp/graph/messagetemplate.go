package graph

import "strconv"

// Template is a message that Meta has approved before, the only kind that may be sent when the user wrote or called
// more than 24 hours ago.
type Template struct {
	Name     string
	Language string // such as "en_US", as it was approved
	// Header and Body fill the placeholders of these parts, in their order. All must be filled.
	Header, Body []Parameter
	// Buttons fill what is variable in buttons, by the button's place, from 0.
	Buttons []TemplateButton
}

// Parameter fills a placeholder of a template: with a text, or in a header also with a file.
type Parameter struct {
	Name string // of the placeholder, if the template has names instead of numbers
	Text string
	File Message // an Image, Video or Document; nil for a text
}

// TemplateButton fills what is variable in a button.
type TemplateButton struct {
	Place int // from 0
	// Payload comes back by webhook when a quick-reply button is tapped.
	Payload string
	// URL is the end of the address that a link button opens. One of both must be given.
	URL string
}

// TextParameters are parameters of texts.
func TextParameters(texts ...string) (all []Parameter) {
	for _, s := range texts {
		all = append(all, Parameter{Text: s})
	}
	return all
}

func (t Template) members() (map[string]any, error) {
	if err := first(need("the name of the template", t.Name, 512), need("the language of the template", t.Language, 16)); err != nil {
		return nil, err
	}
	var components []any
	for _, part := range []struct {
		kind   string
		values []Parameter
	}{{"header", t.Header}, {"body", t.Body}} {
		var values []any
		for _, p := range part.values {
			value, err := p.member(part.kind)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
		if values != nil {
			components = append(components, map[string]any{"type": part.kind, "parameters": values})
		}
	}
	for _, b := range t.Buttons {
		component, err := b.member()
		if err != nil {
			return nil, err
		}
		components = append(components, component)
	}
	content := map[string]any{"name": t.Name, "language": map[string]any{"code": t.Language}}
	if components != nil {
		content["components"] = components
	}
	return map[string]any{"type": "template", "template": content}, nil
}

func (p Parameter) member(part string) (map[string]any, error) {
	value := map[string]any{"type": "text", "text": p.Text}
	switch p.File.(type) {
	case nil:
		if err := need("a parameter of the template's "+part, p.Text, MaxTextUnits); err != nil {
			return nil, err
		}
	case Image, Video, Document:
		if part != "header" {
			return nil, invalid("only the header of a template takes a file")
		}
		body, err := p.File.members()
		if err != nil {
			return nil, err
		}
		kind := body["type"].(string) // file writes it
		value = map[string]any{"type": kind, kind: body[kind]}
	default:
		return nil, invalid("the header of a template takes an Image, Video or Document, and not %T", p.File)
	}
	if p.Name != "" {
		value["parameter_name"] = p.Name
	}
	return value, nil
}

func (b TemplateButton) member() (map[string]any, error) {
	if (b.Payload == "") == (b.URL == "") {
		return nil, invalid("button %d of the template needs either a payload or the end of an address", b.Place)
	}
	if b.Place < 0 || b.Place > 9 {
		return nil, invalid("button %d of the template: there are at most 10, from 0 on", b.Place)
	}
	kind, value := "quick_reply", map[string]any{"type": "payload", "payload": b.Payload}
	if b.URL != "" {
		kind, value = "url", map[string]any{"type": "text", "text": b.URL}
	}
	return map[string]any{"type": "button", "sub_type": kind, "index": strconv.Itoa(b.Place), "parameters": []any{value}}, nil
}
