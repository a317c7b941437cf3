package graph

import (
	"fmt"
	"math"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// Location is a place on the map.
type Location struct {
	Latitude, Longitude float64 // degrees; north and east are positive
	Name, Address       string  // may be empty
}

func (l Location) members() (map[string]any, error) {
	if math.IsNaN(l.Latitude) || math.Abs(l.Latitude) > 90 || math.IsNaN(l.Longitude) || math.Abs(l.Longitude) > 180 {
		return nil, invalid("the location %v, %v is not on Earth; a latitude is at most 90 degrees and a longitude 180", l.Latitude, l.Longitude)
	}
	place := map[string]any{"latitude": l.Latitude, "longitude": l.Longitude}
	if l.Name != "" {
		place["name"] = l.Name
	}
	if l.Address != "" {
		place["address"] = l.Address
	}
	return map[string]any{"type": "location", "location": place}, nil
}

// Contacts are cards of people, as from an address book.
type Contacts []Contact

// Contact is somebody's card. A name is required, the rest may be empty.
type Contact struct {
	Name             string // as it is shown
	FirstName        string // "" takes the name
	LastName         string
	Organization     string
	Phones           []string // with country code
	Emails, Websites []string
}

func (c Contacts) members() (map[string]any, error) {
	if len(c) == 0 {
		return nil, invalid("there is no contact in the message")
	}
	var cards []any
	for i, contact := range c {
		if err := need(fmt.Sprintf("the name of contact %d", i+1), contact.Name, MaxTextUnits); err != nil {
			return nil, err
		}
		cards = append(cards, contact.card())
	}
	return map[string]any{"type": "contacts", "contacts": cards}, nil
}

func (c Contact) card() map[string]any {
	// Besides the name as it is shown Meta wants at least one part of it.
	name := map[string]any{"formatted_name": c.Name, "first_name": c.FirstName}
	if c.FirstName == "" {
		name["first_name"] = c.Name
	}
	if c.LastName != "" {
		name["last_name"] = c.LastName
	}
	card := map[string]any{"name": name}
	if c.Organization != "" {
		card["org"] = map[string]any{"company": c.Organization}
	}
	list := func(member, part string, values []string) {
		var all []any
		for _, v := range values {
			all = append(all, map[string]any{part: v})
		}
		if all != nil {
			card[member] = all
		}
	}
	list("phones", "phone", c.Phones)
	list("emails", "email", c.Emails)
	list("urls", "url", c.Websites)
	return card
}

// Reaction is an emoji below a message of the user.
type Reaction struct {
	MessageID string
	Emoji     string // one; "" takes the reaction back
}

func (r Reaction) members() (map[string]any, error) {
	if r.MessageID == "" {
		return nil, invalid("a reaction needs the id of the message that it is for")
	}
	seen := 0
	for it := graphemes.FromString(r.Emoji); it.Next(); {
		seen++
	}
	if seen > 1 {
		return nil, invalid("a reaction is one emoji, and not %d characters", seen)
	}
	return map[string]any{"type": "reaction", "reaction": map[string]any{"message_id": r.MessageID, "emoji": r.Emoji}}, nil
}
