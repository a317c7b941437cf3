package whatsapptest

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Message is something that the bot sent to a user.
type Message struct {
	At      time.Time
	ID      string          // "wamid." and base64
	To      string          // digits, or a business-scoped user id
	Type    string          // such as "text"
	Text    string          // of a text, or above what there is to tap
	ReplyTo string          // the id of the message that it answers, if it quotes one
	Raw     json.RawMessage // the whole request

	// What else there is to see, by type.
	MediaID  string   // of an image, video, document, sticker or sound; Emulator.Media has the file
	Caption  string   // below it
	Filename string   // of a document
	Voice    bool     // of a sound: it is a voice note
	Choices  []Choice // of an interactive message: buttons or rows
	Button   string   // opens a list or a web page
	URL      string   // of that web page
	Emoji    string   // of a reaction, to the message ReactsTo; "" takes it back
	ReactsTo string
	Template string // its name
	// Parameters fill the placeholders of the template, in their order.
	Parameters []string
}

// Choice is a button or a row that a user can tap.
type Choice struct {
	ID, Title, Description string
	Section                string // of a list
}

// fill takes what there is to see out of a message that was checked.
func (m *Message) fill(raw json.RawMessage) {
	if m.Type == "text" || m.Type == "contacts" {
		return
	}
	c, err := readContent(m.Type, raw)
	if err != nil {
		return // it was checked before
	}
	m.MediaID, m.Caption, m.Filename, m.Voice = c.ID, c.Caption, c.Filename, c.Voice
	m.ReactsTo = c.MessageID
	if c.Emoji != nil {
		m.Emoji = *c.Emoji
	}
	if c.Body != nil {
		m.Text = c.Body.Text
	}
	m.Button, m.URL = c.Action.Button, c.Action.Parameters.URL
	if m.URL != "" {
		m.Button = c.Action.Parameters.DisplayText
	}
	for _, b := range c.Action.Buttons {
		m.Choices = append(m.Choices, Choice{ID: b.Reply.ID, Title: b.Reply.Title})
	}
	for _, s := range c.Action.Sections {
		for _, r := range s.Rows {
			m.Choices = append(m.Choices, Choice{r.ID, r.Title, r.Description, s.Title})
		}
	}
	if m.Type == "template" {
		m.Template = c.Name
		for _, part := range c.Components {
			for _, p := range part.Parameters {
				m.Parameters = append(m.Parameters, p.Text)
			}
		}
	}
}

// String is the message as a line for people: its text, or what it is in brackets.
func (m Message) String() string {
	switch {
	case m.Type == "text":
		return m.Text
	case len(m.Choices) > 0:
		var titles []string
		for _, c := range m.Choices {
			titles = append(titles, c.Title)
		}
		return fmt.Sprintf("%s [%s]", m.Text, strings.Join(titles, " | "))
	case m.URL != "":
		return fmt.Sprintf("%s [%s: %s]", m.Text, m.Button, m.URL)
	case m.Voice:
		return "[voice note]"
	}
	line := m.Type
	for _, s := range []string{m.Filename, m.Caption, m.Emoji, m.Template, strings.Join(m.Parameters, ", ")} {
		if s != "" {
			line += " " + s
		}
	}
	return "[" + line + "]"
}
