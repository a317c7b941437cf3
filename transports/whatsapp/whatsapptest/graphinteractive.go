package whatsapptest

import (
	"fmt"
	"net/url"
)

// checkInteractive checks a message with something to tap.
func checkInteractive(c content) *GraphError {
	if c.Type == "" {
		return missingParameter("interactive['type']")
	}
	bodyLimit := 1024
	var err *GraphError
	switch c.Type {
	case "button":
		err = checkButtons(c)
	case "list":
		bodyLimit = 4096
		err = checkList(c)
	case "cta_url":
		err = checkLink(c)
	case "call_permission_request", "voice_call", "flow", "location_request_message", "product", "product_list", "catalog_message", "carousel":
		return nil // their own rules are not checked
	default:
		return invalidParameter(fmt.Sprintf("Param interactive['type']: %q is not one", clip(c.Type)))
	}
	switch {
	case err != nil:
		return err
	case c.Body == nil || c.Body.Text == "":
		return missingParameter("interactive['body']['text']")
	case c.Header != nil && c.Header.Type == "text" && c.Header.Text == "":
		return missingParameter("interactive['header']['text']")
	}
	texts := []limited{{"interactive['body']['text']", c.Body.Text, bodyLimit}}
	if c.Header != nil {
		texts = append(texts, limited{"interactive['header']['text']", c.Header.Text, 60})
	}
	if c.Footer != nil {
		texts = append(texts, limited{"interactive['footer']['text']", c.Footer.Text, 60})
	}
	return checkLengths(texts...)
}

func checkButtons(c content) *GraphError {
	buttons := c.Action.Buttons
	if n := len(buttons); n < 1 || n > 3 {
		return invalidParameter(fmt.Sprintf("Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3, got %d", n))
	}
	ids, titles := map[string]bool{}, map[string]bool{}
	for i, b := range buttons {
		name := fmt.Sprintf("interactive['action']['buttons'][%d]['reply']", i)
		if b.Type != "reply" {
			return invalidParameter(fmt.Sprintf("interactive['action']['buttons'][%d]['type'] must be \"reply\"", i))
		}
		if err := checkChoice(name, b.Reply, 256, 20); err != nil {
			return err
		}
		if ids[b.Reply.ID] || titles[b.Reply.Title] {
			return invalidParameter("Duplicated title or id in the buttons")
		}
		ids[b.Reply.ID], titles[b.Reply.Title] = true, true
	}
	return nil
}

func checkList(c content) *GraphError {
	sections := c.Action.Sections
	switch {
	case c.Action.Button == "":
		return missingParameter("interactive['action']['button']")
	case textUnits(c.Action.Button) > 20:
		return tooLong("interactive['action']['button']", 20)
	case len(sections) < 1 || len(sections) > 10:
		return invalidParameter(fmt.Sprintf("A list has 1 to 10 sections, got %d", len(sections)))
	case c.Header != nil && c.Header.Type != "text":
		return invalidParameter("The header of a list must be a text")
	}
	ids, rows := map[string]bool{}, 0
	for i, s := range sections {
		name := fmt.Sprintf("interactive['action']['sections'][%d]", i)
		switch {
		case s.Title == "" && len(sections) > 1:
			return missingParameter(name + "['title']")
		case textUnits(s.Title) > 24:
			return tooLong(name+"['title']", 24)
		case len(s.Rows) == 0:
			return missingParameter(name + "['rows']")
		}
		for j, r := range s.Rows {
			row := fmt.Sprintf("%s['rows'][%d]", name, j)
			if err := checkChoice(row, r, 200, 24); err != nil {
				return err
			}
			if textUnits(r.Description) > 72 {
				return tooLong(row+"['description']", 72)
			}
			if ids[r.ID] {
				return invalidParameter("Duplicated row id in the list")
			}
			ids[r.ID] = true
			rows++
		}
	}
	if rows > 10 {
		return invalidParameter(fmt.Sprintf("Total row count exceed max allowed count: 10, got %d", rows))
	}
	return nil
}

func checkLink(c content) *GraphError {
	p := c.Action.Parameters
	u, err := url.Parse(p.URL)
	switch {
	case p.DisplayText == "":
		return missingParameter("interactive['action']['parameters']['display_text']")
	case textUnits(p.DisplayText) > 20:
		return tooLong("interactive['action']['parameters']['display_text']", 20)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return invalidParameter("interactive['action']['parameters']['url'] is not a valid URL")
	}
	return nil
}

func checkChoice(name string, c choice, maxID, maxTitle int) *GraphError {
	switch {
	case c.ID == "":
		return missingParameter(name + "['id']")
	case c.Title == "":
		return missingParameter(name + "['title']")
	}
	return checkLengths(limited{name + "['id']", c.ID, maxID}, limited{name + "['title']", c.Title, maxTitle})
}

// limited is a text with the limit of its length.
type limited struct {
	name, text string
	most       int
}

func checkLengths(texts ...limited) *GraphError {
	for _, t := range texts {
		if textUnits(t.text) > t.most {
			return tooLong(t.name, t.most)
		}
	}
	return nil
}

func tooLong(name string, most int) *GraphError {
	return invalidParameter(fmt.Sprintf("Param %s must be at most %d characters long.", name, most))
}
