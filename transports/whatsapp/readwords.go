package whatsapp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

const (
	// maxInline is how much of a name or address a model gets, in characters.
	maxInline = 300
	// maxContacts is how many entries of an address book a model gets of one message.
	maxContacts = 20
	// maxOrderItems is how many lines of an order a model gets.
	maxOrderItems = 50
)

// note is what is told to the model beside the user's own words.
func note(format string, args ...any) string { return "[" + fmt.Sprintf(format, args...) + "]" }

// otherBrackets keep what is quoted in a note from ending it.
var otherBrackets = strings.NewReplacer("[", "(", "]", ")")

// inline makes one short line of what a user or a stranger wrote, without the brackets of notes.
func inline(s string) string {
	s = otherBrackets.Replace(s)
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	return clip(s, maxInline)
}

// clip cuts a text to so many characters.
func clip(s string, limit int) string {
	n := 0
	for i := range s {
		if n++; n > limit {
			return s[:i] + "…"
		}
	}
	return s
}

// wordsOf says what a message without a file holds.
func wordsOf(e *webhook.Message) string {
	switch e.Type {
	case "location":
		return note("The user sent a place: %s", place(e.Location))
	case "contacts":
		return cards(e.Contacts)
	case "order":
		return order(e.Order)
	case "interactive":
		if e.Form != nil {
			return form(e.Form)
		}
	}
	return e.Text
}

// place says "Name, Address, latitude 50.45, longitude 30.52, https://...".
func place(l *webhook.Location) string {
	var parts []string
	for _, s := range []string{l.Name, l.Address} {
		if !blank(s) {
			parts = append(parts, inline(s))
		}
	}
	degrees := func(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
	parts = append(parts, "latitude "+degrees(l.Latitude), "longitude "+degrees(l.Longitude))
	if !blank(l.URL) {
		parts = append(parts, inline(l.URL))
	}
	return strings.Join(parts, ", ")
}

// cards says one line for each contact.
func cards(contacts []webhook.Contact) string {
	var lines []string
	for _, c := range contacts[:min(len(contacts), maxContacts)] {
		lines = append(lines, note("The user sent a contact: %s", card(c)))
	}
	if more := len(contacts) - maxContacts; more > 0 {
		lines = append(lines, note("and %s more", plural(more, "contact")))
	}
	return strings.Join(lines, "\n")
}

// card says "Dr Ada L; phone +1 555 (CELL); e-mail ada@example.com; ...".
func card(c webhook.Contact) string {
	name := c.Name.Formatted
	if blank(name) {
		name = strings.Join(strings.Fields(c.Name.Prefix+" "+c.Name.First+" "+c.Name.Middle+" "+c.Name.Last+" "+c.Name.Suffix), " ")
	}
	if blank(name) {
		name = "no name"
	}
	parts := []string{inline(name)}
	add := func(what, value, kind string) {
		if blank(value) {
			return
		}
		if kind != "" {
			value += " (" + strings.ToLower(kind) + ")"
		}
		parts = append(parts, strings.TrimSpace(what+" "+inline(value)))
	}
	for _, p := range c.Phones {
		number := p.Number
		if number == "" {
			number = p.WaID
		}
		add("phone", number, p.Kind)
	}
	for _, e := range c.Emails {
		add("e-mail", e.Address, e.Kind)
	}
	for _, u := range c.URLs {
		add("", u.URL, u.Kind)
	}
	for _, a := range c.Addresses {
		var lines []string
		for _, s := range []string{a.Street, strings.TrimSpace(a.Zip + " " + a.City), a.State, a.Country} {
			if !blank(s) {
				lines = append(lines, s)
			}
		}
		add("address", strings.Join(lines, ", "), a.Kind)
	}
	add("company", c.Company, "")
	add("job", c.Job, "")
	add("birthday", c.Birthday, "")
	return strings.Join(parts, "; ")
}

// order says what is ordered, and what the user wrote to it.
func order(o *webhook.Order) string {
	var items []string
	for _, i := range o.Items[:min(len(o.Items), maxOrderItems)] {
		items = append(items, fmt.Sprintf("%d × product %s at %s %s each", i.Quantity, inline(i.ProductID),
			strconv.FormatFloat(i.Price, 'f', -1, 64), inline(i.Currency)))
	}
	if more := len(o.Items) - maxOrderItems; more > 0 {
		items = append(items, "and "+plural(more, "line")+" more")
	}
	text := note("The user sent an order: %s", strings.Join(items, "; "))
	if !blank(o.Text) {
		text += "\n" + o.Text
	}
	return text
}

// maxForm is how much of a form's answers a model gets, in characters.
const maxForm = 4000

func form(f *webhook.Form) string {
	name := ""
	if !blank(f.Name) {
		name = " " + inline(f.Name)
	}
	return note("The user filled in the form%s: %s", name, clip(f.Response, maxForm))
}
