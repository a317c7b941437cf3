package whatsapp

import (
	"maps"
	"slices"
	"strings"

	"github.com/parley-voice/parley/transports/whatsapp/graph"
	"github.com/parley-voice/parley/transports/whatsapp/webhook"
)

// line is one of the bot's phone numbers: a call or message is answered by the number that it came to. The same user
// has a conversation of its own with each.
type line struct {
	graph  *graph.Client
	users  *users
	outbox *outbox
}

func (b *Bot) newLine(client *graph.Client, prefix string) *line {
	return &line{graph: client, users: newUsers(prefix), outbox: newOutbox(client, b.cfg, b.noteMessage)}
}

// all are the bot's lines, the first one first.
func (b *Bot) all() []*line {
	lines := []*line{b.line}
	for _, id := range slices.Sorted(maps.Keys(b.lines)) {
		lines = append(lines, b.lines[id])
	}
	return lines
}

// newLines makes the further lines of a bot, by the ids of their phone numbers.
func (b *Bot) newLines(main *graph.Client, ids []string) map[string]*line {
	lines := make(map[string]*line, len(ids))
	for _, id := range ids {
		lines[id] = b.newLine(main.For(id), id+"/")
	}
	return lines
}

// contact is a user of this line, for later.
func (l *line) contact(u webhook.User) contact {
	return contact{User: u, Number: strings.TrimSuffix(l.users.prefix, "/")}
}

// lineTo returns the line of a contact. If its number is gone, it is the first line.
func (b *Bot) lineTo(c contact) *line {
	if l := b.lines[c.Number]; l != nil {
		return l
	}
	return b.line
}

// lineOf returns the line that an event came to, or nil: one account's webhook gets the events of all its numbers, of
// other bots' too.
func (b *Bot) lineOf(m webhook.Metadata) *line {
	id := b.line.graph.PhoneNumberID()
	if m.PhoneNumberID == "" || id == "" || m.PhoneNumberID == id {
		return b.line
	}
	if l := b.lines[m.PhoneNumberID]; l != nil {
		return l
	}
	b.stats.foreign.Add(1)
	b.log.Debug("an event for another phone number is ignored", "phone_number_id", m.PhoneNumberID)
	return nil
}
